/**
 * Runs once when a server starts, before its first request. A server whose environment is wrong does not start: it
 * says what is wrong and ends. What only crons need (a long enough `CRON_SECRET`) is left to them.
 */
export async function register(): Promise<void> {
  // In this very form, or the bundler puts what only Node.js has into the Edge runtime's bundle as well.
  if (process.env.NEXT_RUNTIME === "nodejs") {
    const [{ getRuntime }, { EnvError }] = await Promise.all([import("@/lib/runtime"), import("@/lib/env")]);
    try {
      getRuntime();
    } catch (error) {
      if (!(error instanceof EnvError)) throw error;
      process.stderr.write(`${error.message}\n`);
      process.exit(1);
    }
  }
}

declare global {
  namespace NodeJS {
    interface ProcessEnv {
      /** Set by Next, at build time. */
      readonly NEXT_RUNTIME?: "nodejs" | "edge";
    }
  }
}
