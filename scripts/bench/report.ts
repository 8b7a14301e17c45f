import { mkdir } from "node:fs/promises";
import { availableParallelism, cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";

/** What a figure is in. `times` is a ratio of two figures of the same run, which is what compares between machines. */
export const UNITS = ["times", "% of what is allowed", "ms", "s", "per second", "each", "MB"] as const;

export const figureSchema = z.object({
  /** What was measured, in words. */
  what: z.string(),
  value: z.number(),
  unit: z.enum(UNITS),
  /** What it is to be at most, where something demands it. */
  atMost: z.number().optional(),
});
export type Figure = z.infer<typeof figureSchema>;

export const resultSchema = z.object({
  /** The subject and its size, as a heading. */
  title: z.string(),
  measuredAt: z.string(),
  machine: z.string(),
  figures: z.array(figureSchema),
});
export type Result = z.infer<typeof resultSchema>;

/** Where a part of the benchmark tells what it finds. */
export interface Report {
  add(figure: Figure): void;
  /** Something to look at that is no figure, such as a plan. */
  note(line: string): void;
}

/** One part of the benchmark: a subject, measured at the sizes that `quick` asks for. */
export interface BenchPart {
  /** Not part of the short form unless it is asked for by name. */
  fullOnly?: true;
  title: (quick: boolean) => string;
  measure: (report: Report, quick: boolean) => Promise<void>;
}

const RESULTS_FOLDER = fileURLToPath(new URL("results/", import.meta.url));

/** Measures a part, prints what it finds as it finds it, and keeps it under `results/`, or `results/quick/`. */
export async function runPart(name: string, part: BenchPart, quick: boolean): Promise<Result> {
  const figures: Figure[] = [];
  const print = (line: string) => process.stdout.write(`${line}\n`);
  print(`\n${part.title(quick)}`);
  const report: Report = {
    add(figure) {
      figures.push(figure);
      print(`  ${describeFigure(figure).padStart(28)}  ${figure.what}`);
    },
    note: (line) => print(`    ${line}`),
  };
  await part.measure(report, quick);
  const result = {
    title: part.title(quick),
    measuredAt: new Date().toISOString(),
    machine: describeMachine(),
    figures,
  };
  const folder = quick ? `${RESULTS_FOLDER}quick/` : RESULTS_FOLDER;
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(`${folder}${name}.json`, `${JSON.stringify(result, null, 2)}\n`);
  return result;
}

/** The value with its unit, and its bound where it has one. */
export function describeFigure({ value, unit, atMost }: Figure): string {
  const digits = unit === "times" || unit === "each" ? 2 : value < 100 && unit !== "per second" ? 1 : 0;
  const bound = atMost === undefined ? "" : `, at most ${atMost}`;
  return `${value.toFixed(digits)} ${unit}${bound}`;
}

/** What compares between machines. */
export function isRatio({ unit }: Figure): boolean {
  return unit === "times" || unit === "% of what is allowed";
}

function describeMachine(): string {
  const gigabytes = Math.round(totalmem() / 1e9);
  return `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${gigabytes} GB, Node ${process.versions.node}`;
}
