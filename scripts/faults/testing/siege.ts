import fc from "fast-check";
import { TEST_CRON_SECRET } from "../../testing/scene";
import { readWrites } from "../witness";
import type { Arena } from "./arena";
import { type HostileRequest, hostileRequests, PLANTED } from "./hostile-requests";

export interface SiegeAnswer {
  status: number;
  text: string;
}

export interface Siege {
  requests: number;
  seed: number;
  send(hostile: HostileRequest): Promise<SiegeAnswer>;
  /** What the process behind the door has logged, where it is another. */
  log?(): string;
}

/** Sends hostile requests: each answer is judged, and then what they have left in the database and the logs. */
export async function besiege(arena: Arena, { requests, seed, send, log = () => "" }: Siege): Promise<string[]> {
  await arena.newWorld({ ghl: 1, leads: 1 });
  const runs = { expected: 0 };
  const property = fc.asyncProperty(hostileRequests(TEST_CRON_SECRET), async (hostile) => {
    const { status, text } = await send(hostile);
    arena.hear(text);
    const due = statusDue(hostile);
    if (due === 200) runs.expected++;
    if (status !== due) throw new Error(`answered ${status} where ${due} was due: ${text}`);
    if (status === 401 && text !== UNAUTHORIZED) throw new Error(`a 401 said more than it should: ${text}`);
  });
  const result = await fc.check(property, { numRuns: requests, seed, endOnFailure: true });
  arena.hear(log());
  const report = result.failed ? [fc.defaultReportMessage(result) ?? "a request was answered otherwise"] : [];
  return [...report, ...(await findTraces(arena, runs.expected))];
}

const UNAUTHORIZED = '{"success":false,"error":"unauthorized"}';

/** The contract's order of decisions. */
function statusDue({ method, authorised, valid }: HostileRequest): number {
  if (method === "HEAD") return 405;
  if (!authorised) return 401;
  return valid ? 200 : 400;
}

/** Runs that nobody may have started, rows that nobody may have written, and secrets that were told. */
async function findTraces(arena: Arena, runsExpected: number): Promise<string[]> {
  const runs = await arena.scene.runtime.db.cronRun.count();
  const writes = [...(await readWrites(arena.witness)).keys()].filter((table) => !MAY_BE_WRITTEN.includes(table));
  const told = [...PLANTED, TEST_CRON_SECRET].filter((secret) => arena.said().includes(secret));
  return [
    ...(runs === runsExpected ? [] : [`${runs} runs were started, ${runsExpected} were asked for by who may`]),
    ...writes.map((table) => `${table} was written to`),
    ...told.map((_, index) => `planted secret ${index + 1} was told`),
  ];
}

/** By runs that were rightly started and that are dry: their own row, and leases and rates. */
const MAY_BE_WRITTEN = ["CronRun", "Lease", "RateLimit"];
