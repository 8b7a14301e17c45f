import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sleep } from "@/lib/core/time";
import type { Finding } from "./invariants/evidence";
import { LONG, publish, tell, type Verdict } from "./scoreboard";
import { type Arena, openArena } from "./testing/arena";
import { CRON_JOBS, type CronJob } from "./testing/jobs";
import { type OwnServer, openOwnServer } from "./testing/own-server";
import { runScenario, type Scenario, type Trial } from "./testing/trials";

/** Providers answer after this long, so that a run lasts long enough to be hit. */
const SLOWNESS_MS = 40;
/** Connections are ended every so often, on average. */
const TERMINATE_EVERY_MS = 60;

let server: OwnServer;
let arena: Arena;
const verdicts: Verdict[] = [];
beforeAll(async () => {
  server = await openOwnServer();
  arena = await openArena({ database: server.database });
});
afterAll(async () => {
  publish("database", verdicts);
  await arena.close();
  await server.stop();
});

describe("a database that goes away in the middle loses no effect and doubles none:", { timeout: 3_600_000 }, () => {
  it.each(CRON_JOBS)("restarted while $name runs", (job) =>
    survive({
      ...{ name: `PostgreSQL restarted every few seconds under ${job.name}`, seed: 31, trials: LONG ? 60 : 3 },
      storm: (trial) => restartUnder(trial, job),
    }),
  );

  it.each(CRON_JOBS)("its connections ended at random while $name runs", (job) =>
    survive({
      ...{ name: `pg_terminate_backend at random under ${job.name}`, seed: 32, trials: LONG ? 60 : 3 },
      storm: (trial) => terminateUnder(trial, job),
    }),
  );
});

async function survive(scenario: Scenario): Promise<void> {
  const verdict = await runScenario(arena, scenario);
  verdicts.push(verdict);
  expect(verdict.findings, tell(verdict)).toEqual([]);
}

/** A tick, and in the middle of it a restart: politely or at once, as a crash would. Two more ticks while it is coming up. */
async function restartUnder({ arena, random, index }: Trial, job: CronJob): Promise<Finding[]> {
  arena.scene.sandbox.faults.add({ match: {}, fault: { kind: "delay", ms: SLOWNESS_MS } });
  const calls = [arena.call(job, job.everythingIsDue)];
  await sleep(random() * RUN_MS);
  const restarted = server.restart(index % 2 === 0 ? "fast" : "immediate");
  calls.push(arena.call(job, job.everythingIsDue));
  await restarted;
  calls.push(arena.call(job, job.everythingIsDue));
  const answers = await Promise.all(calls);
  await arena.reconnect();
  return answers.flatMap(judge);
}

/** About as long as a run takes with providers that slow. */
const RUN_MS = 900;

async function terminateUnder({ arena, random }: Trial, job: CronJob): Promise<Finding[]> {
  arena.scene.sandbox.faults.add({ match: {}, fault: { kind: "delay", ms: SLOWNESS_MS } });
  let over = false;
  const call = arena.call(job, job.everythingIsDue).finally(() => {
    over = true;
  });
  while (!over) {
    await sleep(random() * 2 * TERMINATE_EVERY_MS);
    await terminateOne(arena.witness, random());
  }
  return judge(await call);
}

/** Ends one of the program's connections, chosen by `luck` from 0 to 1. */
async function terminateOne(witness: Client, luck: number): Promise<void> {
  const { rows } = await witness.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name <> 'witness' ORDER BY pid`,
  );
  const victim = rows[Math.floor(luck * rows.length)];
  if (victim) await witness.query("SELECT pg_terminate_backend($1)", [victim.pid]);
}

/** A run either did what it could, or says that the database is not there. */
function judge({ status, body }: { status: number; body: Record<string, unknown> }): Finding[] {
  const isFine = status === 200 || (status === 503 && body["error"] === "database_unavailable");
  return isFine ? [] : [{ invariant: "an answer that the contract names", text: `${status} ${JSON.stringify(body)}` }];
}
