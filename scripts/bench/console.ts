import { sealSession } from "@/lib/console-access/session";
import { parseEnv } from "@/lib/env";
import { createRuntime, type Runtime } from "@/lib/runtime";
import { type ConsoleServer, startConsole } from "../browser/console-server";
import type { Teardown } from "../environment/command";
import { startSandbox } from "../sandbox/sandbox";
import { type BenchPage, consolePages } from "./console-pages";
import { seedConsole } from "./console-seed";
import { medianMs, withDatabase } from "./measure";
import type { BenchPart, Report } from "./report";

/** A page that takes longer is no help while something is wrong. */
const SERVER_MS_MAX = 300;

/**
 * What each page of the console takes as a database grows, nine tenths of the leads in one workspace: its statements
 * alone, and the whole of it, rendering included, as the built app answers over the loopback.
 */
export const consolePart: BenchPart = {
  // The app is built for it, which takes longer than most other parts.
  fullOnly: true,
  title: () => "Console: server time of each page",
  measure: (report, quick) =>
    withApp(async (databaseUrl, runtime, app) => {
      for (const leads of quick ? [10_000] : [10_000, 1_000_000]) {
        await seedConsole(databaseUrl, leads);
        await measurePages(report, runtime, app, leads);
      }
    }),
};

/** The built app on a database of its own, for as long as the work takes. */
function withApp(work: (databaseUrl: string, runtime: Runtime, app: ConsoleServer) => Promise<void>): Promise<void> {
  return withDatabase(async (_db, databaseUrl) => {
    const steps: (() => Promise<void>)[] = [];
    const teardown: Teardown = { add: (step) => void steps.push(step) };
    try {
      const runtime = createRuntime(parseEnv({ DATABASE_URL: databaseUrl, LOG_LEVEL: "silent" }));
      teardown.add(() => runtime.db.$disconnect());
      const sandbox = await startSandbox();
      teardown.add(() => sandbox.stop());
      await work(databaseUrl, runtime, await startConsole({ sandbox, databaseUrl }, teardown));
    } finally {
      for (const step of steps.toReversed()) await step();
    }
  });
}

async function measurePages(report: Report, runtime: Runtime, app: ConsoleServer, leads: number): Promise<void> {
  const secrets = { password: app.password, cronSecret: app.cronSecret };
  const cookie = `leadline_session=${await sealSession(secrets, new Date())}`;
  for (const page of consolePages(runtime)) {
    const what = `${leads} leads: ${page.name}`;
    // The first time is also that of caches, and of code not yet compiled.
    await page.read();
    report.add({ what: `${what}, its statements`, value: await medianMs(page.read), unit: "ms" });
    await getPage(app, page, cookie);
    const wholeMs = await medianMs(() => getPage(app, page, cookie));
    report.add({ what, value: wholeMs, unit: "ms", atMost: SERVER_MS_MAX });
  }
}

/** The whole answer, to its last byte. */
async function getPage({ url }: ConsoleServer, { name, path }: BenchPage, cookie: string): Promise<void> {
  const response = await fetch(`${url}${path}`, { headers: { cookie }, redirect: "manual" });
  await response.text();
  if (response.status !== 200) throw new Error(`the page of ${name} answered ${response.status}`);
}
