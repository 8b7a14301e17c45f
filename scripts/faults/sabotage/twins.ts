import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { SECOND_MS } from "@/lib/core/time";
import { everyRunEnded } from "../invariants/ends";
import type { Finding } from "../invariants/evidence";
import { type Arena, untilAsked } from "../testing/arena";
import { APPOINTMENTS } from "../testing/backfill-jobs";
import { letTimePass } from "../testing/calm";
import { exceedRate, knockAtOpenCircuit, probeHalfOpenCircuit } from "../testing/circuits";
import { inOneProcess, tryOut } from "../testing/command-lines";
import { compareService } from "../testing/crowd";
import { hostileCommandLines } from "../testing/hostile-arguments";
import { bookBeforeLeaving, dieAfterSending } from "../testing/interleavings";
import { interruptBackfill } from "../testing/interruptions";
import { BACKGROUND_SYNC, RECONCILE } from "../testing/jobs";
import { writeOldNews } from "../testing/old-news";
import { type Call, callAtOnce } from "../testing/overlap";
import { kill, type Server, startServer } from "../testing/processes";
import { sendOverHttp } from "../testing/raw-http";
import { besiege } from "../testing/siege";
import { oversleepLease, oversleepNews, SLEEPERS_ENVIRONMENT } from "../testing/sleepers";
import { runScenario, type Scenario, type Trial } from "../testing/trials";
import { CONVERSATIONS } from "../testing/world";
import type { GUARDS } from "./guards";

/** A guard, and the trouble in which it alone stands between the fault and its harm. */
export interface Twin {
  guard: keyof typeof GUARDS;
  environment?: Readonly<Record<string, string>>;
  /** Throws the fault at the project, or its copy in `folder`; resolves with what the checker found. */
  attack(arena: Arena, folder: string | undefined): Promise<Finding[]>;
}

const SEED = 81;
const COOLDOWN_SECONDS = 3;
const COOLDOWN = { CIRCUIT_COOLDOWN_SECONDS: String(COOLDOWN_SECONDS) };
const ONCE = { name: "sabotage", trials: 1, seed: SEED };
const ONE = { ghl: 1, calendly: 0, leads: 24 };

export const TWINS: readonly Twin[] = [
  {
    guard: "fence",
    environment: SLEEPERS_ENVIRONMENT,
    attack: (arena, folder) => throwOnce(arena, (trial) => oversleepLease(trial, RECONCILE, folder)),
  },
  {
    guard: "compareAndSet",
    environment: SLEEPERS_ENVIRONMENT,
    attack: (arena, folder) => throwOnce(arena, (trial) => oversleepNews(trial, RECONCILE, folder)),
  },
  {
    guard: "leaseClaim",
    attack: (arena, folder) =>
      throughServer(arena, folder, (call) => callAtOnce(arena, [RECONCILE], Array(10).fill(call))),
  },
  { guard: "effectKey", attack: (arena) => throwOnce(arena, (trial) => writeOldNews(trial, RECONCILE), 3) },
  {
    guard: "openCircuit",
    environment: COOLDOWN,
    attack: (arena, folder) => throughServer(arena, folder, (call) => knockAtOpenCircuit(arena, RECONCILE, call)),
  },
  {
    guard: "oneProbe",
    environment: COOLDOWN,
    attack: (arena, folder) =>
      throughServer(arena, folder, (call) =>
        probeHalfOpenCircuit(arena, RECONCILE, call, { cooldownMs: COOLDOWN_SECONDS * SECOND_MS }),
      ),
  },
  {
    guard: "parking",
    attack: (arena, folder) => throughServer(arena, folder, (call) => exceedRate(arena, RECONCILE, call)),
  },
  {
    guard: "retryBudget",
    environment: COOLDOWN,
    attack: (arena, folder) => throughServer(arena, folder, (call) => knockAtOpenCircuit(arena, RECONCILE, call)),
  },
  { guard: "abandonedRuns", attack: abandonRun },
  { guard: "secret", attack: besiegeServer },
  { guard: "strictParameters", attack: besiegeServer },
  { guard: "head", attack: besiegeServer },
  { guard: "dryByDefault", attack: giveArguments },
  {
    guard: "cursor",
    attack: (arena, folder) => throwOnce(arena, (trial) => interruptBackfill(trial, APPOINTMENTS, folder)),
  },
  { guard: "workspaceOrder", attack: starveSmallOnes },
  { guard: "sendLedger", attack: dieAfterSending },
  { guard: "redecision", environment: SLEEPERS_ENVIRONMENT, attack: bookBeforeLeaving },
  { guard: "flagCooldown", attack: syncTwice },
];

function syncTwice(arena: Arena, folder: string | undefined): Promise<Finding[]> {
  return withServer(arena, folder, async ({ call }) => {
    const storm = async () => {
      for (let tick = 0; tick < 2; tick++) await call(BACKGROUND_SYNC, {});
      return [];
    };
    const { findings } = await runScenario(arena, { ...ONCE, size: CONVERSATIONS, storm });
    return findings;
  });
}

async function throwOnce(arena: Arena, storm: Scenario["storm"], trials = 1): Promise<Finding[]> {
  const { findings } = await runScenario(arena, { ...ONCE, trials, size: ONE, storm });
  return findings;
}

/** A server that runs the copy, for as long as the attack lasts. */
async function withServer<T>(
  arena: Arena,
  folder: string | undefined,
  work: (server: Server) => Promise<T>,
): Promise<T> {
  const server = await startServer(arena, { folder });
  try {
    return await work(server);
  } finally {
    await kill(arena, server.subject);
  }
}

function throughServer(
  arena: Arena,
  folder: string | undefined,
  attack: (call: Call, trial: Trial) => Promise<Finding[]>,
) {
  return withServer(arena, folder, (server) => throwOnce(arena, (trial) => attack(server.call, trial)));
}

async function besiegeServer(arena: Arena, folder: string | undefined): Promise<Finding[]> {
  const texts = await withServer(arena, folder, ({ url, subject }) =>
    besiege(arena, {
      ...{ requests: 300, seed: SEED, log: () => subject.said() },
      send: (hostile) => sendOverHttp(url, RECONCILE, hostile),
    }),
  );
  return texts.map((text) => ({ invariant: "the door holds", text }));
}

async function giveArguments(arena: Arena, folder: string | undefined): Promise<Finding[]> {
  const lines = hostileCommandLines(path.join(tmpdir(), `leadline-sabotage-${process.pid}.json`));
  const sample = fc.sample(lines, { numRuns: 60, seed: SEED });
  const { wrong } = await tryOut(arena, sample, inOneProcess(arena, folder));
  return wrong.map((text) => ({ invariant: "nothing is written without --apply", text }));
}

/** A run is killed; the next one, a long time later, should close its row. */
function abandonRun(arena: Arena, folder: string | undefined): Promise<Finding[]> {
  return throwOnce(arena, async ({ arena }) => {
    await withServer(arena, folder, async ({ call, subject }) => {
      const answer = call(RECONCILE);
      await untilAsked(arena, 5, answer);
      await kill(arena, subject);
      await answer;
    });
    await letTimePass(arena, "1 hour");
    await withServer(arena, folder, ({ call }) => call(RECONCILE));
    const open = await arena.witness.query(`SELECT 1 FROM "CronRun" WHERE "status" = 'running'`);
    return open.rows.map(() => ({ invariant: everyRunEnded.name, text: "a run that was killed is still running" }));
  });
}

async function starveSmallOnes(arena: Arena, folder: string | undefined): Promise<Finding[]> {
  const crowd = { bigOnes: 10, big: 600, small: 10, leadsOfASmall: 5 };
  const { findings } = await withServer(arena, folder, ({ call }) => compareService(arena, RECONCILE, call, crowd));
  return findings;
}
