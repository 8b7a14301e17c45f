import { afterAll, describe, expect, it } from "vitest";
import type { Finding } from "./invariants/evidence";
import { copyWith } from "./sabotage/copy";
import { GUARDS, type Guard } from "./sabotage/guards";
import { TWINS } from "./sabotage/twins";
import { LONG, publish, type Verdict } from "./scoreboard";
import { openArena } from "./testing/arena";

/** In the short run two: one that a sleeping process shows, and one that the database shows. */
const SHORT: readonly (keyof typeof GUARDS)[] = ["fence", "effectKey"];
const names = LONG ? TWINS : TWINS.filter(({ guard }) => SHORT.includes(guard));

const verdicts: Verdict[] = [];
afterAll(() => publish("sabotage", verdicts));

describe("with a guard taken away the checker turns red, so that its silence means something:", {
  timeout: 600_000,
}, () => {
  it.each(names)("$guard", async ({ guard, environment, attack }) => {
    const arena = await openArena({ environment: { ...environment } });
    const { name, patches = [], sql }: Guard = GUARDS[guard];
    const copy = patches.length > 0 ? await copyWith(patches) : null;
    try {
      if (sql !== undefined) await arena.witness.query(sql);
      const findings = await attack(arena, copy?.folder);
      verdicts.push(verdictOn(name, findings));
      expect(findings, `nobody missed ${name}`).not.toEqual([]);
    } finally {
      await copy?.remove();
      await arena.close();
    }
  });
});

function verdictOn(guard: string, findings: readonly Finding[]): Verdict {
  const missed = findings.length > 0 ? [] : [{ invariant: "the checker turns red", text: `nobody missed ${guard}` }];
  const [first] = findings;
  const figures = { red: findings.length, first: first?.invariant ?? "nothing" };
  return { scenario: `without ${guard}`, seed: 81, trials: 1, findings: missed, figures };
}
