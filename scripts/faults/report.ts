import { writeSection } from "../documents/sections";
import { boundOf, listTopics, readKept } from "./scoreboard";

/** Writes the table of `docs/faults.md` afresh from the latest verdict on each scenario. */
const rows = listTopics()
  .flatMap(readKept)
  .map((verdict) => {
    const { scenario, trials, seed, findings, date } = verdict;
    return `| ${scenario} | ${trials} | ${seed} | ${findings.length} | ${boundOf(verdict)} | ${date} |`;
  });
const head = ["| what was done | trials | seed | failures | bound at 95 % | date |", "|---|---:|---:|---:|---:|---|"];
await writeSection({ document: "docs/faults.md", name: "scoreboard" }, [...head, ...rows].join("\n"));
