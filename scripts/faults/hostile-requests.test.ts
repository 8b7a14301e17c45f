import { request } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TEST_CRON_SECRET } from "../testing/scene";
import { LONG, publish, type Verdict } from "./scoreboard";
import { type Arena, openArena } from "./testing/arena";
import { type HostileRequest, hostileRequests, PLANTED } from "./testing/hostile-requests";
import { CRON_JOBS, type CronJob } from "./testing/jobs";
import { kill, type Server, startServer } from "./testing/processes";
import { readWrites } from "./witness";

const SEED = 51;
const TO_HANDLERS = LONG ? 100_000 : 2_000;
const OVER_HTTP = LONG ? 5_000 : 100;

let arena: Arena;
let server: Server;
const verdicts: Verdict[] = [];
beforeAll(async () => {
  arena = await openArena();
  server = await startServer(arena);
});
afterAll(async () => {
  publish("hostile-requests", verdicts);
  await kill(arena, server.subject);
  await arena.close();
});

describe.each(CRON_JOBS)("the door of $name, whatever is sent to it,", { timeout: 3_600_000 }, (job) => {
  it("starts no run for who may not, and answers as the contract says", () =>
    besiege(`requests to the handlers of ${job.name}`, TO_HANDLERS, async (hostile) => {
      const { method, headers, query, body } = hostile;
      const url = `http://localhost${job.path}${query}`;
      const response = await arena.route(job)[method](new Request(url, { method, headers, ...(body && { body }) }));
      return { status: response.status, text: await response.text() };
    }));

  it("does so over the wire as well", () =>
    besiege(`requests over HTTP to ${job.name}`, OVER_HTTP, (hostile) => sendOverHttp(job, hostile)));
});

interface Answer {
  status: number;
  text: string;
}

/** Sends so many requests; each answer is judged, and at the end what they have left in the database and the logs. */
async function besiege(what: string, requests: number, send: (hostile: HostileRequest) => Promise<Answer>) {
  await arena.newWorld({ ghl: 1, calendly: 0, leads: 1 });
  const runs = { expected: 0 };
  const property = fc.asyncProperty(hostileRequests(TEST_CRON_SECRET), async (hostile) => {
    const answer = await send(hostile);
    arena.hear(answer.text);
    expect(answer.status).toBe(statusDue(hostile));
    if (answer.status === 200) runs.expected++;
    if (answer.status === 401) expect(answer.text).toBe('{"success":false,"error":"unauthorized"}');
  });
  const result = await fc.check(property, { numRuns: requests, seed: SEED });
  arena.hear(server.subject.said());
  const findings = [
    ...(result.failed ? [fc.defaultReportMessage(result) ?? "a request was answered otherwise"] : []),
    ...(await findTraces(runs.expected)),
  ].map((text) => ({ invariant: "the door holds", text }));
  verdicts.push({ scenario: what, seed: SEED, trials: requests, findings });
  expect(findings).toEqual([]);
}

/** The contract's order of decisions. */
function statusDue({ method, authorised, valid }: HostileRequest): number {
  if (method === "HEAD") return 405;
  if (!authorised) return 401;
  return valid ? 200 : 400;
}

/** Runs that nobody may have started, rows that nobody may have written, and secrets that were told. */
async function findTraces(runsExpected: number): Promise<string[]> {
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

function sendOverHttp(job: CronJob, { method, headers, query, body }: HostileRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${server.url}${job.path}${query}`, { method }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, text }));
    });
    for (const [name, value] of headers) outgoing.setHeader(name, value);
    outgoing.once("error", reject);
    outgoing.end(body ?? undefined);
  });
}
