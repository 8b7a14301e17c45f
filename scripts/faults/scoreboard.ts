import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { formatTable } from "../demo/table";
import type { Finding } from "./invariants/evidence";

/** Whether this is the long run, whose figures are kept. */
export const LONG = process.env["LEADLINE_LONG_TESTS"] === "1";

/** The long run is meant for an afternoon on a machine of its own; this share of it fits where there is less of either. */
const SHARE = Number(process.env["LEADLINE_FAULTS_SHARE"] ?? 1);

/** So many trials in the long run, or the share of them that was asked for; the short run has its own number. */
export function trialsOf(long: number, short: number): number {
  return LONG ? Math.max(1, Math.round(long * SHARE)) : short;
}

/** What came of a scenario. */
export interface Verdict {
  scenario: string;
  seed: number;
  trials: number;
  findings: Finding[];
  /** What else was measured, by name. */
  figures?: Record<string, number | string>;
}

/** Where the long run's figures are kept. */
export const RESULTS_FOLDER = fileURLToPath(new URL("./results", import.meta.url));

/** Prints the verdicts of a file, and keeps those of the long run. */
export function publish(topic: string, verdicts: readonly Verdict[]): void {
  const rows = verdicts.map(({ scenario, trials, seed, findings }) => [
    scenario,
    trials,
    seed,
    findings.length,
    boundOf({ trials, findings }),
  ]);
  process.stderr.write(`\n${formatTable([topic, "trials", "seed", "failures", "bound"], rows).join("\n")}\n`);
  if (!LONG) return;
  const date = new Date().toISOString().slice(0, "2030-01-01".length);
  mkdirSync(RESULTS_FOLDER, { recursive: true });
  writeFileSync(`${RESULTS_FOLDER}/${topic}.json`, `${JSON.stringify({ date, verdicts }, null, 2)}\n`);
}

/**
 * What so many trials without a failure prove: with 95 % confidence a failure is rarer than 3 in so many (the rule of
 * three). Of trials with failures nothing of the kind.
 */
export function boundOf({ trials, findings }: Pick<Verdict, "trials" | "findings">): string {
  if (findings.length > 0) return "–";
  return trials <= 3 ? "none" : `< ${Number((300 / trials).toPrecision(2))} %`;
}

/** The first findings as one text, for a test that fails. */
export function tell({ findings }: Pick<Verdict, "findings">): string {
  return findings
    .slice(0, 10)
    .map(({ invariant, text }) => `${invariant}: ${text}`)
    .join("\n");
}
