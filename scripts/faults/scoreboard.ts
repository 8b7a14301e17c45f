import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { formatTable } from "../demo/table";

/** Whether this is the long run, whose figures are kept. */
export const LONG = process.env["LEADLINE_LONG_TESTS"] === "1";

/** The long run is meant for an afternoon on a machine of its own; this share of it fits where there is less of either. */
const SHARE = Number(process.env["LEADLINE_FAULTS_SHARE"] ?? 1);

/** So many trials in the long run, or the share of them that was asked for; the short run has its own number. */
export function trialsOf(long: number, short: number): number {
  return LONG ? Math.max(1, Math.round(long * SHARE)) : short;
}

const verdictSchema = z.object({
  scenario: z.string(),
  seed: z.number(),
  trials: z.number(),
  findings: z.array(z.object({ invariant: z.string(), text: z.string() })),
  /** What else was measured, by name. */
  figures: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
});
/** What came of a scenario. */
export type Verdict = z.infer<typeof verdictSchema>;

const keptSchema = z.object({ verdicts: z.array(verdictSchema.extend({ date: z.string() })) });
/** A verdict of the long run, and the day on which it was reached. */
export type KeptVerdict = z.infer<typeof keptSchema>["verdicts"][number];

const RESULTS_FOLDER = fileURLToPath(new URL("./results", import.meta.url));

/** The topics of which the long run has figures. */
export function listTopics(): string[] {
  const files = readdirSync(RESULTS_FOLDER).filter((name) => name.endsWith(".json"));
  return files.map((name) => path.basename(name, ".json")).toSorted();
}

/** The latest verdict of each of a topic's scenarios; none of a topic that was never run. */
export function readKept(topic: string): KeptVerdict[] {
  const file = fileOf(topic);
  return existsSync(file) ? keptSchema.parse(JSON.parse(readFileSync(file, "utf8"))).verdicts : [];
}

/**
 * Keeps the verdicts of the long run in the place of earlier ones on the same scenarios. As soon as each is reached: the
 * run is long enough to be ended halfway, and can be done in pieces.
 */
export function keep(topic: string, verdicts: readonly Verdict[]): void {
  if (!LONG) return;
  const date = new Date().toISOString().slice(0, "2030-01-01".length);
  const kept = new Map(readKept(topic).map((verdict) => [verdict.scenario, verdict]));
  for (const verdict of verdicts) kept.set(verdict.scenario, { date, ...verdict });
  mkdirSync(RESULTS_FOLDER, { recursive: true });
  writeFileAtomic.sync(fileOf(topic), `${JSON.stringify({ verdicts: [...kept.values()] }, null, 2)}\n`);
}

function fileOf(topic: string): string {
  return path.join(RESULTS_FOLDER, `${topic}.json`);
}

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
  keep(topic, verdicts);
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
