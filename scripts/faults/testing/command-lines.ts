import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { takeSnapshot } from "../../truth/snapshot";
import { forgetAll, readWrites } from "../witness";
import type { Arena } from "./arena";
import { letTimePass } from "./calm";
import type { CommandLine } from "./hostile-arguments";
import { CRON_JOBS } from "./jobs";
import { startSubject } from "./subject";
import { playWorld } from "./world";

/** Runs command lines; resolves with their exit codes, null where the command does not exist. */
export type RunLines = (lines: CommandLine[]) => Promise<(number | null)[]>;

/**
 * Runs command lines that may not write where there is much to write: people have booked, and nobody knows it. Resolves
 * with what was wrong, and how many lines ran to their end.
 */
export async function tryOut(
  arena: Arena,
  lines: CommandLine[],
  run: RunLines,
): Promise<{ wrong: string[]; done: number }> {
  const world = await arena.newWorld({ ghl: 1, calendly: 1, leads: LEADS });
  for (const job of CRON_JOBS) await arena.call(job, job.everythingIsDue);
  await letTimePass(arena, "30 days");
  await playWorld(world, 0);
  const { db } = arena.scene.runtime;
  const before = await takeSnapshot(db);
  await forgetAll(arena.witness);
  const codes = await run(lines);
  const written = [...(await readWrites(arena.witness)).keys()].filter((table) => !MAY_BE_WRITTEN.includes(table));
  const isSame = JSON.stringify([...before]) === JSON.stringify([...(await takeSnapshot(db))]);
  const unnamed = codes.filter((code) => code === null || !NAMED_CODES.includes(code));
  const wrong = [
    ...written.map((table) => `${table} was written to`),
    ...(isSame ? [] : ["rows have changed"]),
    ...unnamed.map((code) => `a command ended with ${code}`),
  ];
  return { wrong, done: codes.filter((code) => code === 0).length };
}

/** Some who have booked, some who have cancelled: each dry run asks about all of them. */
const LEADS = 6;
export const USAGE_ERROR = 2;
/** Contract: done, failed, usage, state refused, database. */
const NAMED_CODES = [0, 1, USAGE_ERROR, 3, 4];
/** A dry run may hold leases and reserve requests. */
const MAY_BE_WRITTEN = ["Lease", "RateLimit"];

/** One process for all lines: the start of one costs more than most of them. */
export function inOneProcess(arena: Arena, projectFolder?: string): RunLines {
  return async (lines) => {
    const folder = await mkdtemp(path.join(tmpdir(), "leadline-lines-"));
    const [linesFile, codesFile] = [path.join(folder, "lines.json"), path.join(folder, "codes.json")];
    await writeFile(linesFile, JSON.stringify(lines));
    const script = "scripts/faults/testing/workers/command-lines.ts";
    const { environment } = arena.scene;
    const subject = startSubject({ script, args: [linesFile, codesFile], environment, folder: projectFolder });
    const { code } = await subject.ended;
    if (code !== 0) throw new Error(`the process of all command lines ended with ${code}: ${subject.said()}`);
    const codes = z.array(z.number().nullable()).parse(JSON.parse(await readFile(codesFile, "utf8")));
    await rm(folder, { recursive: true });
    return codes;
  };
}

/** A process for each line, as a person would start it. */
export function inProcessesOfTheirOwn(arena: Arena): RunLines {
  return async (lines) => {
    const codes: (number | null)[] = [];
    for (const { command, argv } of lines) {
      // What the operating system would not pass on is nobody's argument.
      const args = argv.map((text) => text.replaceAll("\0", ""));
      const start = { script: `scripts/${command}.ts`, args, environment: arena.scene.environment };
      codes.push((await startSubject({ ...start, asPeopleDo: true }).ended).code);
    }
    return codes;
  };
}
