import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";

const PASSES = `test("passes", () => {});`;

describe("the last line of a test run", () => {
  it("counts what passed and what failed", async () => {
    const fails = `test("fails", () => { throw new Error("no"); });`;
    expect(await runTests({ "a.test.js": PASSES + PASSES, "b.test.js": PASSES + fails })).toEqual({
      lastLine: "3 passed, 1 failed",
      code: 1,
    });
  });

  it("has no failure where there is none", async () => {
    expect(await runTests({ "a.test.js": PASSES })).toEqual({ lastLine: "1 passed, 0 failed", code: 0 });
  });

  it.each([
    ["a file that cannot be loaded", `throw new Error("no");`, "1 passed, 1 failed"],
    [
      "a hook",
      `describe("suite", () => { beforeAll(() => { throw new Error("no"); }); ${PASSES} });`,
      "1 passed, 1 failed",
    ],
    ["an unhandled error", `${PASSES} Promise.reject(new Error("no"));`, "2 passed, 1 failed"],
  ])("counts %s as failed", async (_, broken, lastLine) => {
    expect(await runTests({ "a.test.js": PASSES, "b.test.js": broken })).toEqual({ lastLine, code: 1 });
  });

  it("is not green when there was nothing to run", async () => {
    expect(await runTests({})).toMatchObject({ code: 1, lastLine: expect.not.stringContaining(" 0 failed") });
  });
});

/** Runs vitest on the given files, with the reporters of this project. */
async function runTests(files: Record<string, string>): Promise<{ lastLine: string; code: number }> {
  const root = await mkdtemp(path.join(tmpdir(), "leadline-test-"));
  onTestFinished(() => rm(root, { recursive: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(root, name), content);
  const vitest = path.join(path.dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
  const reporter = fileURLToPath(new URL("./count-reporter.ts", import.meta.url));
  const args = ["run", "--globals", "--root", root, "--reporter", "default", "--reporter", reporter];
  const child = spawn(process.execPath, [vitest, ...args], { stdio: ["ignore", "pipe", "ignore"] });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  return { lastLine: output.trimEnd().split("\n").at(-1) ?? "", code };
}
