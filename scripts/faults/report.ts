import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
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

const DOCUMENT = fileURLToPath(new URL("../../docs/faults.md", import.meta.url));
/** The table stands between these two. */
const [BEGIN, END] = ["<!-- scoreboard -->", "<!-- end of scoreboard -->"];

const topics = readdirSync(RESULTS_FOLDER).filter((name) => name.endsWith(".json"));
const rows = topics.toSorted().flatMap((name) => {
  const { date, verdicts } = verdictsSchema.parse(JSON.parse(readFileSync(path.join(RESULTS_FOLDER, name), "utf8")));
  return verdicts.map((verdict) => {
    const { scenario, trials, seed, findings } = verdict;
    return `| ${scenario} | ${trials} | ${seed} | ${findings.length} | ${boundOf(verdict)} | ${date} |`;
  });
});
const head = ["| what was done | trials | seed | failures | bound at 95 % | date |", "|---|---:|---:|---:|---:|---|"];
const text = readFileSync(DOCUMENT, "utf8");
const [before, rest] = text.split(BEGIN);
const after = rest?.split(END)[1];
if (before === undefined || after === undefined) throw new Error(`${DOCUMENT} has no place for the scoreboard`);
writeFileSync(DOCUMENT, [before, BEGIN, "\n", [...head, ...rows].join("\n"), "\n", END, after].join(""));
