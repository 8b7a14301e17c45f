import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LONG, publish, trialsOf, type Verdict } from "./scoreboard";
import { type Arena, openArena } from "./testing/arena";
import { CRON_JOBS } from "./testing/jobs";
import { kill, type Server, startServer } from "./testing/processes";
import { sendOverHttp } from "./testing/raw-http";
import { besiege, type Siege } from "./testing/siege";

const SEED = 51;
const TO_HANDLERS = trialsOf(100_000, 300);
const OVER_HTTP = trialsOf(5_000, 30);

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

describe.each(CRON_JOBS)(
  "the door of $name, whatever is sent to it,",
  { timeout: LONG ? 3_600_000 : 120_000 },
  (job) => {
    it("starts no run for who may not, and answers as the contract says", () =>
      hold(`requests to the handlers of ${job.name}`, TO_HANDLERS, async (hostile) => {
        const { method, headers, query, body } = hostile;
        const url = `http://localhost${job.path}${query}`;
        const response = await arena.route(job)[method](new Request(url, { method, headers, ...(body && { body }) }));
        return { status: response.status, text: await response.text() };
      }));

    it("does so over the wire as well", () =>
      hold(`requests over HTTP to ${job.name}`, OVER_HTTP, (hostile) => sendOverHttp(server.url, job, hostile)));
  },
);

/** Sends so many requests, and puts on the scoreboard what came of it. */
async function hold(scenario: string, requests: number, send: Siege["send"]): Promise<void> {
  const texts = await besiege(arena, { requests, seed: SEED, send, log: () => server.subject.said() });
  const findings = texts.map((text) => ({ invariant: "the door holds", text }));
  verdicts.push({ scenario, seed: SEED, trials: requests, findings });
  expect(findings).toEqual([]);
}
