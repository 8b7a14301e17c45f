import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { takeSnapshot } from "../truth/snapshot";
import { playAct } from "../truth/stage";
import type { Finding } from "./invariants/evidence";
import { LONG, publish, tell, type Verdict } from "./scoreboard";
import { type Arena, openArena } from "./testing/arena";
import { type CommandLine, hostileCommandLines, wronglyApplied } from "./testing/hostile-arguments";
import { CRON_JOBS } from "./testing/jobs";
import { startSubject } from "./testing/subject";
import { forgetAll, readWrites } from "./witness";

const SEED = 61;
const IN_PROCESS = LONG ? 10_000 : 60;
const REAL_PROCESSES = LONG ? 100 : 1;

let arena: Arena;
let folder: string;
const verdicts: Verdict[] = [];
beforeAll(async () => {
  arena = await openArena();
  folder = await mkdtemp(path.join(tmpdir(), "leadline-arguments-"));
});
afterAll(async () => {
  publish("hostile-arguments", verdicts);
  await rm(folder, { recursive: true, force: true });
  await arena.close();
});

describe("a command line", { timeout: 3_600_000 }, () => {
  it("without --apply writes nothing, whatever else it says", () =>
    tryOut("command lines without --apply", IN_PROCESS, hostileCommandLines(stateFile()), runInOneProcess));

  it("with --apply and a mistake writes nothing, and is refused", () =>
    tryOut("command lines with --apply and a mistake", IN_PROCESS, wronglyApplied(), async (lines) => {
      const codes = await runInOneProcess(lines);
      expect(lines.filter((_, index) => codes[index] !== USAGE_ERROR)).toEqual([]);
      return codes;
    }));

  it("does so as a process of its own, too", () =>
    tryOut("command lines in processes of their own", REAL_PROCESSES, hostileCommandLines(stateFile()), runEach));
});

function stateFile(): string {
  return path.join(tmpdir(), `leadline-arguments-${process.pid}.json`);
}

/** Runs command lines where there is much to write: people have booked, and nobody knows it. */
async function tryOut(
  scenario: string,
  trials: number,
  lines: fc.Arbitrary<CommandLine>,
  run: (lines: CommandLine[]) => Promise<(number | null)[]>,
): Promise<void> {
  const stage = await arena.newWorld({ ghl: 1, calendly: 1, leads: 24 });
  for (const job of CRON_JOBS) await arena.call(job, job.everythingIsDue);
  playAct(stage, 0);
  const { db } = arena.scene.runtime;
  const before = await takeSnapshot(db);
  await forgetAll(arena.witness);
  const codes = await run(fc.sample(lines, { numRuns: trials, seed: SEED }));
  const written = [...(await readWrites(arena.witness)).keys()].filter((table) => !MAY_BE_WRITTEN.includes(table));
  const isSame = JSON.stringify([...before]) === JSON.stringify([...(await takeSnapshot(db))]);
  const unnamed = codes.filter((code) => code === null || !NAMED_CODES.includes(code));
  const findings: Finding[] = [
    ...written.map((table) => `${table} was written to`),
    ...(isSame ? [] : ["rows have changed"]),
    ...unnamed.map((code) => `a command ended with ${code}`),
  ].map((text) => ({ invariant: "nothing is written without --apply", text }));
  const figures = { "ran to its end": codes.filter((code) => code === 0).length };
  const verdict = { scenario, seed: SEED, trials, findings, figures };
  verdicts.push(verdict);
  expect(findings, tell(verdict)).toEqual([]);
}

const USAGE_ERROR = 2;
/** Contract: done, failed, usage, state refused, database. */
const NAMED_CODES = [0, 1, USAGE_ERROR, 3, 4];
/** A dry run may hold leases and reserve requests. */
const MAY_BE_WRITTEN = ["Lease", "RateLimit"];

/** One process for all: the start of one costs more than most command lines. */
async function runInOneProcess(lines: CommandLine[]): Promise<(number | null)[]> {
  const [linesFile, codesFile] = [path.join(folder, "lines.json"), path.join(folder, "codes.json")];
  await writeFile(linesFile, JSON.stringify(lines));
  const script = "scripts/faults/testing/workers/command-lines.ts";
  const { environment } = arena.scene;
  const subject = startSubject({ script, args: [linesFile, codesFile], environment });
  const { code } = await subject.ended;
  expect(code, subject.said()).toBe(0);
  return z.array(z.number().nullable()).parse(JSON.parse(await readFile(codesFile, "utf8")));
}

async function runEach(lines: CommandLine[]): Promise<(number | null)[]> {
  const codes: (number | null)[] = [];
  for (const { command, argv } of lines) {
    // What the operating system would not pass on is nobody's argument.
    const args = argv.map((text) => text.replaceAll("\0", ""));
    const { environment } = arena.scene;
    const { code } = await startSubject({ script: `scripts/${command}.ts`, args, environment }).ended;
    codes.push(code);
  }
  return codes;
}
