import { tmpdir } from "node:os";
import path from "node:path";
import type fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LONG, publish, type Verdict } from "./scoreboard";
import { type Arena, openArena } from "./testing/arena";
import { inOneProcess, inProcessesOfTheirOwn, type RunLines, tryOut, USAGE_ERROR } from "./testing/command-lines";
import { type CommandLine, hostileCommandLines, wronglyApplied } from "./testing/hostile-arguments";

const SEED = 61;
const IN_PROCESS = LONG ? 10_000 : 60;
const REAL_PROCESSES = LONG ? 100 : 1;
const STATE_FILE = path.join(tmpdir(), `leadline-arguments-${process.pid}.json`);

let arena: Arena;
const verdicts: Verdict[] = [];
beforeAll(async () => {
  arena = await openArena();
});
afterAll(async () => {
  publish("hostile-arguments", verdicts);
  await arena.close();
});

describe("a command line", { timeout: 3_600_000 }, () => {
  it("without --apply writes nothing, whatever else it says", () =>
    writeNothing("command lines without --apply", IN_PROCESS, hostileCommandLines(STATE_FILE), inOneProcess(arena)));

  it("with --apply and a mistake writes nothing, and is refused", () =>
    writeNothing("command lines with --apply and a mistake", IN_PROCESS, wronglyApplied(), async (lines) => {
      const codes = await inOneProcess(arena)(lines);
      expect(lines.filter((_, index) => codes[index] !== USAGE_ERROR)).toEqual([]);
      return codes;
    }));

  it("does so as a process of its own, too", () =>
    writeNothing(
      "command lines in processes of their own",
      REAL_PROCESSES,
      hostileCommandLines(STATE_FILE),
      inProcessesOfTheirOwn(arena),
    ));
});

async function writeNothing(
  scenario: string,
  count: number,
  lines: fc.Arbitrary<CommandLine>,
  run: RunLines,
): Promise<void> {
  const { wrong, done } = await tryOut(arena, { lines, count, seed: SEED }, run);
  const findings = wrong.map((text) => ({ invariant: "nothing is written without --apply", text }));
  verdicts.push({ scenario, seed: SEED, trials: count, findings, figures: { "ran to its end": done } });
  expect(findings).toEqual([]);
}
