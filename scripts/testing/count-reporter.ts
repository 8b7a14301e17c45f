import type { Reporter, SerializedError, TestModule, TestRunEndReason } from "vitest/node";

/**
 * Ends the output with `N passed, N failed`, alone on the last line, for people and programs that read no further. What
 * fails outside a test (a file that cannot be loaded, a hook, an unhandled error, an interruption) counts as failed.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[], reason: TestRunEndReason): void {
    const { passed, failed } = countResults(modules, unhandled.length);
    const unaccounted = failed === 0 && reason !== "passed" ? 1 : 0;
    process.stdout.write(`${passed} passed, ${failed + unaccounted} failed\n`);
  }
}

function countResults(modules: readonly TestModule[], unhandledCount: number): { passed: number; failed: number } {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const holders = modules.flatMap((module) => [module, ...module.children.allSuites()]);
  const count = (state: "passed" | "failed") => tests.filter((test) => test.result().state === state).length;
  const brokenHolders = holders.filter((holder) => holder.errors().length > 0).length;
  return { passed: count("passed"), failed: count("failed") + brokenHolders + unhandledCount };
}
