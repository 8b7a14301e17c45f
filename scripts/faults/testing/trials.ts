import { isDeepStrictEqual } from "node:util";
import { createRandom, type Random } from "../../sandbox/random";
import { changedRows, takeSnapshot } from "../../truth/snapshot";
import { AFTERWARDS, checkInvariants, DURING } from "../invariants/check";
import type { Evidence, Finding } from "../invariants/evidence";
import type { Verdict } from "../scoreboard";
import type { Arena } from "./arena";
import { AN_HOUR, callAllUntilDone, calmDown, letTimePass } from "./calm";
import { playWorld, type Size, type World } from "./world";

/** One kind of trouble. */
export interface Scenario {
  /** What happens, as a sentence. */
  name: string;
  trials: number;
  seed: number;
  /** Each trial is the first act of a world of its own. */
  fromTheBeginning?: boolean;
  /** The world that it needs, where that is not the usual one of its file. */
  size?: Partial<Size>;
  /** How long a request may come after what forbids it; 0 where one process is alone. */
  underWayMs?: number;
  /** Throws the faults. Resolves with what it found wrong by itself. */
  storm(trial: Trial): Promise<Finding[]>;
}

export interface Trial {
  arena: Arena;
  world: World;
  random: Random;
  /** Counted from 0. */
  index: number;
  /** Lets people do what comes next in their plots, should the storm want them to do it halfway. */
  playNextAct(): Promise<void>;
}

/** Scenarios that are run one after the other, and share worlds: each world has three acts, and an act takes a trial. */
export interface Trials {
  run(scenario: Scenario): Promise<Verdict>;
  /** Tells the last world to its end. Resolves with what was wrong there. */
  finish(): Promise<Finding[]>;
}

/** A world that is not told to its end. */
interface OpenWorld {
  world: World;
  size: Partial<Size>;
  acts: (0 | 1 | 2)[];
}

/**
 * Runs scenarios in worlds of this size: in each trial people do what their plots say, the faults are thrown, things
 * calm down, and the checker looks.
 */
export function openTrials(arena: Arena, usualSize: Partial<Size>): Trials {
  let open: OpenWorld | null = null;
  const finish = async () => {
    const findings = open === null ? [] : await tellToTheEnd(arena, open);
    open = null;
    return findings;
  };
  return {
    finish,
    async run(scenario) {
      const random = createRandom(scenario.seed);
      const { size = usualSize, fromTheBeginning = false } = scenario;
      const findings: Finding[] = [];
      for (let index = 0; index < scenario.trials; index++) {
        if (fromTheBeginning || !isDeepStrictEqual(open?.size, size)) findings.push(...(await finish()));
        open ??= { world: await arena.newWorld(size), size, acts: [0, 1, 2] };
        findings.push(...(await runTrial(arena, open, scenario, { random, index })));
        if (open.acts.length === 0) findings.push(...(await finish()));
      }
      return { scenario: scenario.name, seed: scenario.seed, trials: scenario.trials, findings };
    },
  };
}

/** Runs one scenario by itself, each world told to its end. */
export async function runScenario(arena: Arena, scenario: Scenario & { size: Partial<Size> }): Promise<Verdict> {
  const trials = openTrials(arena, scenario.size);
  const verdict = await trials.run(scenario);
  return { ...verdict, findings: [...verdict.findings, ...(await trials.finish())] };
}

async function runTrial(
  arena: Arena,
  open: OpenWorld,
  { underWayMs = UNDER_WAY_MS, storm }: Scenario,
  { random, index }: Pick<Trial, "random" | "index">,
): Promise<Finding[]> {
  const { world } = open;
  const playNextAct = () => playNext(open);
  await playNextAct();
  const findings = await storm({ arena, world, random, index, playNextAct });
  const evidence = () => evidenceOf(arena, world, { underWayMs, toldToTheEnd: open.acts.length === 0 });
  findings.push(...(await checkInvariants(DURING, evidence())));
  findings.push(...(await calmDown(arena)));
  findings.push(...(await checkInvariants(AFTERWARDS, evidence())));
  arena.scene.sandbox.ledger.clear();
  await arena.witness.query("TRUNCATE witness.circuit");
  return findings;
}

/** What is left of a world, without any more faults; and then nothing happens, and nothing may change. */
async function tellToTheEnd(arena: Arena, open: OpenWorld): Promise<Finding[]> {
  const findings: Finding[] = [];
  while (open.acts.length > 0) {
    const calm = { name: "nothing", seed: 0, trials: 1, storm: async () => [] };
    findings.push(...(await runTrial(arena, open, calm, { random: createRandom(0), index: 0 })));
  }
  return [...findings, ...(await checkStillness(arena))];
}

async function playNext({ world, acts }: OpenWorld): Promise<void> {
  const act = acts.shift();
  if (act !== undefined) await playWorld(world, act);
}

/** What there is to look at now. */
export function evidenceOf(arena: Arena, world: World, known: Pick<Evidence, "underWayMs" | "toldToTheEnd">): Evidence {
  const { scene, witness } = arena;
  const { sandbox, runtime, environment } = scene;
  const secrets = [environment["CRON_SECRET"] ?? "", new URL(scene.databaseUrl).password].filter(Boolean);
  return { witness, world, db: runtime.db, sandbox, said: arena.said(), secrets, ...known };
}

/** Leads of a page that were asked about at the same moment: the answer that forbids it was still on its way. */
const UNDER_WAY_MS = 100;

/** Once more, over an unchanged world: no row changes. */
async function checkStillness(arena: Arena): Promise<Finding[]> {
  const { db } = arena.scene.runtime;
  await letTimePass(arena, AN_HOUR);
  const before = await takeSnapshot(db);
  const findings = await callAllUntilDone(arena);
  const changed = changedRows(before, await takeSnapshot(db));
  const invariant = "an unchanged world changes no row";
  return [...findings, ...changed.map((key) => ({ invariant, text: `${key} changed though nothing had happened` }))];
}
