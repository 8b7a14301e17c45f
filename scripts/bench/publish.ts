import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Section, writeSection } from "../documents/sections";
import { describeFigure, isRatio, type Result, resultSchema } from "./report";

/** Where figures are told to people, and how each of them is made of the results. */
export const TELLINGS: { section: Section; tell: (results: readonly Result[]) => string }[] = [
  { section: { document: "README.md", name: "benchmarks" }, tell: tellRatios },
  { section: { document: "docs/benchmarks.md", name: "benchmarks" }, tell: tellEverything },
];

/** The latest result of each part at full size, in the parts' order; a part that was never measured is not among them. */
export function readResults(names: readonly string[]): Promise<Result[]> {
  return readFrom("results/", names);
}

/** The same of the short form. */
export function readQuickResults(names: readonly string[]): Promise<Result[]> {
  return readFrom("results/quick/", names);
}

async function readFrom(folder: string, names: readonly string[]): Promise<Result[]> {
  const results: Result[] = [];
  for (const name of names) {
    const file = fileURLToPath(new URL(`${folder}${name}.json`, import.meta.url));
    const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw error;
    });
    if (text !== null) results.push(resultSchema.parse(JSON.parse(text)));
  }
  return results;
}

/** Tells the results wherever they are told. */
export async function publish(results: readonly Result[]): Promise<void> {
  for (const { section, tell } of TELLINGS) await writeSection(section, tell(results));
}

/** What compares between machines, with the bounds that it is to stay within. */
function tellRatios(results: readonly Result[]): string {
  const rows = results
    .flatMap(({ figures }) => figures.filter(isRatio))
    .map((figure) => {
      const { atMost, ...measured } = figure;
      return `| ${figure.what} | ${describeFigure(measured)} | ${atMost ?? ""} |`;
    });
  return [...TABLE_HEAD, ...rows, "", whenAndWhere(results)].join("\n");
}

const TABLE_HEAD = ["| | measured | at most |", "|---|---:|---:|"];

function tellEverything(results: readonly Result[]): string {
  return results
    .map((result) => {
      const rows = result.figures.map(
        ({ atMost, ...measured }) => `| ${measured.what} | ${describeFigure(measured)} | ${atMost ?? ""} |`,
      );
      return [`## ${result.title}`, "", ...TABLE_HEAD, ...rows, "", whenAndWhere([result])].join("\n");
    })
    .join("\n\n");
}

/** On what and when: one line for all results that share it. */
function whenAndWhere(results: readonly Result[]): string {
  const machines = [...new Set(results.map(({ machine }) => machine))].join("; ");
  const days = [...new Set(results.map(({ measuredAt }) => measuredAt.slice(0, "2030-01-01".length)))].toSorted();
  return `Measured on ${days.join(", ")}; ${machines}; providers, PostgreSQL and Leadline share them.`;
}
