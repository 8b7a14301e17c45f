import { afterAll, beforeAll, expect } from "vitest";
import { keep, publish, tell, type Verdict } from "../scoreboard";
import type { Arena } from "./arena";
import { openTrials, type Scenario, type Trials } from "./trials";
import type { Size } from "./world";

/** Where a test file's scenarios are run: one arena for all of them, and one table of what came of them. */
export interface ProvingGround {
  readonly arena: Arena;
  readonly verdicts: Verdict[];
  /** Runs a scenario, and fails where the checker found something. */
  survive(scenario: Scenario): Promise<void>;
}

/** Opens a proving ground before a file's first test, and closes it after the last, when the last world is told. */
export function openProvingGround(topic: string, open: () => Promise<Arena>, size: Partial<Size>): ProvingGround {
  const verdicts: Verdict[] = [];
  let arena: Arena | undefined;
  let trials: Trials | undefined;
  beforeAll(async () => {
    arena = await open();
    trials = openTrials(arena, size);
  });
  afterAll(async () => {
    const findings = (await trials?.finish()) ?? [];
    publish(topic, verdicts);
    await arena?.close();
    expect(findings, tell({ findings })).toEqual([]);
  });
  return {
    verdicts,
    get arena() {
      return opened(arena);
    },
    async survive(scenario) {
      const verdict = await opened(trials).run(scenario);
      verdicts.push(verdict);
      keep(topic, [verdict]);
      expect(verdict.findings, tell(verdict)).toEqual([]);
    },
  };
}

function opened<T>(what: T | undefined): T {
  if (what === undefined) throw new Error("the proving ground opens before the first test");
  return what;
}
