import { createRandom, type Random } from "../../sandbox/random";
import { changedRows, takeSnapshot } from "../../truth/snapshot";
import type { Stage } from "../../truth/stage";
import { playAct } from "../../truth/stage";
import { AFTERWARDS, checkInvariants, DURING } from "../invariants/check";
import type { Evidence, Finding } from "../invariants/evidence";
import type { Verdict } from "../scoreboard";
import type { Arena } from "./arena";
import { calmDown } from "./calm";
import type { Size } from "./world";

/** One kind of trouble. */
export interface Scenario {
  /** What happens, as a sentence. */
  name: string;
  trials: number;
  seed: number;
  /** Each trial is the first act of a world of its own. */
  fromTheBeginning?: boolean;
  /** How long a request may come after what forbids it; 0 where one process is alone. */
  underWayMs?: number;
  /** Throws the faults. Resolves with what it found wrong by itself. */
  storm(trial: Trial): Promise<Finding[]>;
}

export interface Trial {
  arena: Arena;
  stage: Stage;
  random: Random;
  /** Counted from 0. */
  index: number;
  /** Lets people do what comes next in their plots, should the storm want them to do it halfway. */
  playNextAct(): void;
}

/** Scenarios that are run one after the other, and share worlds: each world has three acts, and an act takes a trial. */
export interface Trials {
  run(scenario: Scenario): Promise<Verdict>;
  /** Tells the last world to its end. Resolves with what was wrong there. */
  finish(): Promise<Finding[]>;
}

/** A world that is not told to its end. */
interface OpenWorld {
  stage: Stage;
  acts: (0 | 1 | 2)[];
}

/**
 * Runs scenarios in worlds of this size: in each trial people do what their plots say, the faults are thrown, things
 * calm down, and the checker looks.
 */
export function openTrials(arena: Arena, size: Partial<Size> = {}): Trials {
  let world: OpenWorld | null = null;
  const enter = async (): Promise<OpenWorld> => ({ stage: await arena.newWorld(size), acts: [0, 1, 2] });
  const finish = async () => {
    const findings = world === null ? [] : await tellToTheEnd(arena, world);
    world = null;
    return findings;
  };
  return {
    finish,
    async run(scenario) {
      const random = createRandom(scenario.seed);
      const findings: Finding[] = [];
      for (let index = 0; index < scenario.trials; index++) {
        if (scenario.fromTheBeginning) findings.push(...(await finish()));
        world ??= await enter();
        findings.push(...(await runTrial(arena, world, scenario, { random, index })));
        if (world.acts.length === 0) findings.push(...(await finish()));
      }
      return { scenario: scenario.name, seed: scenario.seed, trials: scenario.trials, findings };
    },
  };
}

/** Runs one scenario by itself, each world told to its end. */
export async function runScenario(
  arena: Arena,
  { size, ...scenario }: Scenario & { size?: Partial<Size> },
): Promise<Verdict> {
  const trials = openTrials(arena, size);
  const verdict = await trials.run(scenario);
  return { ...verdict, findings: [...verdict.findings, ...(await trials.finish())] };
}

async function runTrial(
  arena: Arena,
  world: OpenWorld,
  { underWayMs = UNDER_WAY_MS, storm }: Scenario,
  { random, index }: Pick<Trial, "random" | "index">,
): Promise<Finding[]> {
  const { stage } = world;
  const playNextAct = () => playNext(world);
  playNextAct();
  const findings = await storm({ arena, stage, random, index, playNextAct });
  const evidence = () => evidenceOf(arena, stage, { underWayMs, toldToTheEnd: world.acts.length === 0 });
  findings.push(...(await checkInvariants(DURING, evidence())));
  findings.push(...(await calmDown(arena)));
  findings.push(...(await checkInvariants(AFTERWARDS, evidence())));
  arena.scene.sandbox.ledger.clear();
  await arena.witness.query("TRUNCATE witness.circuit");
  return findings;
}

/** What is left of a world, without any more faults; and then nothing happens, and nothing may change. */
async function tellToTheEnd(arena: Arena, world: OpenWorld): Promise<Finding[]> {
  const findings: Finding[] = [];
  while (world.acts.length > 0) {
    const calm = { name: "nothing", seed: 0, trials: 1, storm: async () => [] };
    findings.push(...(await runTrial(arena, world, calm, { random: createRandom(0), index: 0 })));
  }
  return [...findings, ...(await checkStillness(arena))];
}

function playNext({ stage, acts }: OpenWorld): void {
  const act = acts.shift();
  if (act !== undefined) playAct(stage, act);
}

/** What there is to look at now. */
export function evidenceOf(arena: Arena, stage: Stage, known: Pick<Evidence, "underWayMs" | "toldToTheEnd">): Evidence {
  const { scene, witness } = arena;
  const { sandbox, runtime } = scene;
  return { witness, stage, db: runtime.db, sandbox, said: arena.said(), secrets: secretsOf(arena, stage), ...known };
}

/** Leads of a page that were asked about at the same moment: the answer that forbids it was still on its way. */
const UNDER_WAY_MS = 100;

/** What was planted where it could slip out. */
function secretsOf({ scene }: Arena, stage: Stage): string[] {
  const { environment } = scene;
  const password = new URL(scene.databaseUrl).password;
  const people = stage.parts.map(({ actor }) => actor.lead.person.identity);
  const { ghl } = scene.sandbox;
  const emails = people.map((who) => ("email" in who ? who.email : (ghl.contact(who.ghlContactId)?.email ?? "")));
  const tokens = stage.workspaces.map(({ account }) => ghl.location(account ?? "")?.token ?? "");
  return [environment["CRON_SECRET"] ?? "", password, ...emails, ...tokens].filter((secret) => secret !== "");
}

/** Once more, over an unchanged world: no row changes. */
async function checkStillness(arena: Arena): Promise<Finding[]> {
  const { db } = arena.scene.runtime;
  const before = await takeSnapshot(db);
  const findings = await calmDown(arena);
  const changed = changedRows(before, await takeSnapshot(db));
  const invariant = "an unchanged world changes no row";
  return [...findings, ...changed.map((key) => ({ invariant, text: `${key} changed though nothing had happened` }))];
}
