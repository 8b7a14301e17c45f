import { parseArgs } from "node:util";
import { PARTS } from "./bench/parts";
import { publish, readResults } from "./bench/publish";
import { describeFigure, isRatio, type Result, runPart } from "./bench/report";

/**
 * `npm run bench`: how fast, how flat, how close to the limit. `--quick` at a small part of the size, `--only` for some
 * of the parts. Each part leaves its figures under `scripts/bench/results/`, and those of full size go into the documents.
 */
const { values } = parseArgs({ options: { quick: { type: "boolean", default: false }, only: { type: "string" } } });
const everyName = Object.keys(PARTS).filter((name) => !values.quick || !PARTS[name]?.fullOnly);
const names = values.only?.split(",") ?? everyName;
const results: Result[] = [];
for (const name of names) {
  const part = PARTS[name];
  if (!part) throw new Error(`there is no part "${name}": ${Object.keys(PARTS).join(", ")}`);
  results.push(await runPart(name, part, values.quick));
}
process.stdout.write("\nRatios of this run\n");
for (const figure of results.flatMap(({ figures }) => figures.filter(isRatio))) {
  process.stdout.write(`  ${describeFigure(figure).padStart(36)}  ${figure.what}\n`);
}
if (!values.quick) await publish(await readResults(Object.keys(PARTS)));
