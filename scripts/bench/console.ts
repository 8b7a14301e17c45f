import { sealSession } from "@/lib/console-access/session";
import { parseEnv } from "@/lib/env";
import { createRuntime, type Runtime } from "@/lib/runtime";
import { type ConsoleServer, startConsole } from "../browser/console-server";
import type { Teardown } from "../environment/command";
import { applyMigrations } from "../postgres/migrations";
import { acquireDatabaseServer } from "../postgres/server";
import { startSandbox } from "../sandbox/sandbox";
import { type BenchPage, consolePages } from "./console-pages";
import { seedConsole } from "./console-seed";

/** What one page took over so many leads, in milliseconds. */
export interface ConsoleFigures {
  page: string;
  leads: number;
  /** Its statements, the median of some rounds. */
  readsMs: number;
  /** The whole of it, rendering included, as the built app answers over the loopback. */
  serverMs: number;
  serverMsMax: number;
  /** What `serverMs` has to stay below. */
  boundMs: number;
}

/** A page that takes longer is no help while something is wrong. */
const SERVER_MS_MAX = 300;
/** After one that does not count: the first is also that of caches and of code not yet compiled. */
const ROUNDS = 7;

/** What the pages of the console take as a database grows, nine tenths of the leads in one workspace. */
export async function benchConsole(sizes: readonly number[]): Promise<ConsoleFigures[]> {
  const steps: (() => Promise<void>)[] = [];
  const teardown: Teardown = { add: (step) => void steps.push(step) };
  try {
    const server = await acquireDatabaseServer();
    teardown.add(() => server.stop());
    await applyMigrations(server.url);
    const runtime = createRuntime(parseEnv({ DATABASE_URL: server.url, LOG_LEVEL: "silent" }));
    teardown.add(() => runtime.db.$disconnect());
    const sandbox = await startSandbox();
    teardown.add(() => sandbox.stop());
    const app = await startConsole({ sandbox, databaseUrl: server.url }, teardown);
    print(
      `Console: each page's server time (its reads alone), the median of ${ROUNDS}; the bound is ${SERVER_MS_MAX} ms`,
    );
    const figures: ConsoleFigures[] = [];
    for (const leads of sizes) {
      await seedConsole(server.url, leads);
      figures.push(...(await measurePages(runtime, app, leads)));
    }
    return figures;
  } finally {
    for (const step of steps.toReversed()) await step();
  }
}

async function measurePages(runtime: Runtime, app: ConsoleServer, leads: number): Promise<ConsoleFigures[]> {
  print(`  ${leads} leads`);
  const secrets = { password: app.password, cronSecret: app.cronSecret };
  const cookie = `leadline_session=${await sealSession(secrets, new Date())}`;
  const figures: ConsoleFigures[] = [];
  for (const page of consolePages(runtime)) {
    const reads = await timesMs(page.read);
    const server = await timesMs(() => getPage(app, page, cookie));
    const row = {
      ...{ page: page.name, leads, readsMs: median(reads), serverMs: median(server) },
      ...{ serverMsMax: Math.max(...server), boundMs: SERVER_MS_MAX },
    };
    print(`    ${describe(row)}`);
    figures.push(row);
  }
  return figures;
}

/** The whole answer, to its last byte. */
async function getPage({ url }: ConsoleServer, { name, path }: BenchPage, cookie: string): Promise<void> {
  const response = await fetch(`${url}${path}`, { headers: { cookie }, redirect: "manual" });
  await response.text();
  if (response.status !== 200) throw new Error(`the page of ${name} answered ${response.status}`);
}

function describe({ page, readsMs, serverMs, serverMsMax, boundMs }: ConsoleFigures): string {
  const verdict = serverMs < boundMs ? "within" : "BEYOND";
  const [whole, max, reads] = [serverMs, serverMsMax, readsMs].map((ms) => ms.toFixed(0));
  return `${page.padEnd(28)} ${whole?.padStart(5)} ms, at most ${max} ms (${reads} ms), ${verdict} the bound`;
}

async function timesMs(work: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const startedMs = performance.now();
    await work();
    times.push(performance.now() - startedMs);
  }
  return times.slice(1);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
