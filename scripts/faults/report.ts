import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { writeSection } from "../documents/sections";
import { boundOf, RESULTS_FOLDER } from "./scoreboard";

/** Writes the table of `docs/faults.md` afresh from the latest figures of each topic. */
const verdictsSchema = z.object({
  date: z.string(),
  verdicts: z.array(
    z.object({
      scenario: z.string(),
      seed: z.number(),
      trials: z.number(),
      findings: z.array(z.object({ invariant: z.string(), text: z.string() })),
      figures: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    }),
  ),
});

const topics = readdirSync(RESULTS_FOLDER).filter((name) => name.endsWith(".json"));
const rows = topics.toSorted().flatMap((name) => {
  const { date, verdicts } = verdictsSchema.parse(JSON.parse(readFileSync(path.join(RESULTS_FOLDER, name), "utf8")));
  return verdicts.map((verdict) => {
    const { scenario, trials, seed, findings } = verdict;
    return `| ${scenario} | ${trials} | ${seed} | ${findings.length} | ${boundOf(verdict)} | ${date} |`;
  });
});
const head = ["| what was done | trials | seed | failures | bound at 95 % | date |", "|---|---:|---:|---:|---:|---|"];
await writeSection({ document: "docs/faults.md", name: "scoreboard" }, [...head, ...rows].join("\n"));
