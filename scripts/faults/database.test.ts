import type { Client } from "pg";
import { afterAll, describe, it } from "vitest";
import { sleep } from "@/lib/core/time";
import type { Finding } from "./invariants/evidence";
import { LONG, trialsOf } from "./scoreboard";
import { type Arena, openArena } from "./testing/arena";
import { ALL_SORTS, CRON_GROUPS } from "./testing/groups";
import type { CronJob } from "./testing/jobs";
import { type OwnServer, openOwnServer } from "./testing/own-server";
import { openProvingGround } from "./testing/proving-ground";
import type { Trial } from "./testing/trials";

/** Providers answer after this long, so that a run lasts long enough to be hit. */
const SLOWNESS_MS = 40;
/** Connections are ended every so often, on average. */
const TERMINATE_EVERY_MS = 60;

let server: OwnServer;
const ground = openProvingGround("database", openOwnArena, ALL_SORTS);
afterAll(() => server.stop());

async function openOwnArena(): Promise<Arena> {
  server = await openOwnServer();
  return openArena({ database: server.database });
}

describe("a database that goes away in the middle loses no effect and doubles none:", {
  timeout: LONG ? 3_600_000 : 120_000,
}, () => {
  it.each(CRON_GROUPS)("restarted under $name", ({ name, jobs, size }) =>
    ground.survive({
      size,
      ...{ name: `PostgreSQL restarted every few seconds: ${name}`, seed: 31, trials: trialsOf(60, 2) },
      storm: (trial) => restartUnder(trial, jobs),
    }),
  );

  it.each(CRON_GROUPS)("its connections ended at random under $name", ({ name, jobs, size }) =>
    ground.survive({
      size,
      ...{ name: `pg_terminate_backend at random: ${name}`, seed: 32, trials: trialsOf(60, 1) },
      storm: (trial) => terminateUnder(trial, jobs),
    }),
  );
});

/** A tick, and in the middle of it a restart: politely or at once, as a crash would. Two more ticks while it is coming up. */
async function restartUnder({ arena, random, index }: Trial, jobs: readonly CronJob[]): Promise<Finding[]> {
  arena.scene.sandbox.faults.add({ match: {}, fault: { kind: "delay", ms: SLOWNESS_MS } });
  const callAll = () => jobs.map((job) => arena.call(job, job.everythingIsDue));
  const calls = callAll();
  await sleep(random() * RUN_MS);
  const restarted = server.restart(index % 2 === 0 ? "fast" : "immediate");
  calls.push(...callAll());
  await restarted;
  calls.push(...callAll());
  const answers = await Promise.all(calls);
  await arena.reconnect();
  return answers.flatMap(judge);
}

/** About as long as a run takes with providers that slow. */
const RUN_MS = 900;

async function terminateUnder({ arena, random }: Trial, jobs: readonly CronJob[]): Promise<Finding[]> {
  arena.scene.sandbox.faults.add({ match: {}, fault: { kind: "delay", ms: SLOWNESS_MS } });
  let over = false;
  const answers = Promise.all(jobs.map((job) => arena.call(job, job.everythingIsDue))).finally(() => {
    over = true;
  });
  while (!over) {
    await sleep(random() * 2 * TERMINATE_EVERY_MS);
    await terminateOne(arena.witness, random());
  }
  return (await answers).flatMap(judge);
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
