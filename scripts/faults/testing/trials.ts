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
  size?: Partial<Size>;
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

const ACTS = [0, 1, 2] as const;

/**
 * Runs a scenario: in each trial people do what their plots say, the faults are thrown, things calm down, and the
 * checker looks. Three trials are a world; it is told to its end even where fewer were asked for.
 */
export async function runScenario(arena: Arena, scenario: Scenario): Promise<Verdict> {
  const random = createRandom(scenario.seed);
  const findings: Finding[] = [];
  const { underWayMs = UNDER_WAY_MS } = scenario;
  let index = 0;
  while (index < scenario.trials) {
    const stage = await arena.newWorld(scenario.size);
    const acts = [...ACTS];
    const playNextAct = () => {
      const act = acts.shift();
      if (act !== undefined) playAct(stage, act);
    };
    while (acts.length > 0) {
      playNextAct();
      if (index < scenario.trials) {
        const own = await scenario.storm({ arena, stage, random, index, playNextAct });
        findings.push(
          ...own,
          ...(await checkInvariants(DURING, evidenceOf(arena, stage, { underWayMs, toldToTheEnd: acts.length === 0 }))),
        );
        index++;
      }
      findings.push(...(await calmDown(arena)));
      findings.push(
        ...(await checkInvariants(
          AFTERWARDS,
          evidenceOf(arena, stage, { underWayMs, toldToTheEnd: acts.length === 0 }),
        )),
      );
      arena.scene.sandbox.ledger.clear();
      await arena.witness.query("TRUNCATE witness.circuit");
    }
    findings.push(...(await checkStillness(arena)));
  }
  return { scenario: scenario.name, seed: scenario.seed, trials: scenario.trials, findings };
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
