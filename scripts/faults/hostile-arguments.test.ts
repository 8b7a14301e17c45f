import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LONG, publish, trialsOf, type Verdict } from "./scoreboard";
import { type Arena, openArena } from "./testing/arena";
import { inOneProcess, inProcessesOfTheirOwn, type RunLines, tryOut, USAGE_ERROR } from "./testing/command-lines";
import { type CommandLine, hostileCommandLines, wronglyApplied } from "./testing/hostile-arguments";

const SEED = 61;
const IN_PROCESS = trialsOf(5_000, 20);
const REAL_PROCESSES = LONG ? [trialsOf(100, 1)] : [];
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

describe("a command line", { timeout: LONG ? 3_600_000 : 120_000 }, () => {
  it("without --apply writes nothing, and with --apply and a mistake is refused", async () => {
    const [dry, wrong] = [sample(hostileCommandLines(STATE_FILE), IN_PROCESS), sample(wronglyApplied(), IN_PROCESS)];
    await writeNothing("command lines without --apply, or with a mistake", [...dry, ...wrong], async (lines) => {
      const codes = await inOneProcess(arena)(lines);
      expect(wrong.filter((_, index) => codes[dry.length + index] !== USAGE_ERROR)).toEqual([]);
      return codes;
    });
  });

  it.each(REAL_PROCESSES)("does so as a process of its own, too", (count) =>
    writeNothing(
      "command lines in processes of their own",
      sample(hostileCommandLines(STATE_FILE), count),
      inProcessesOfTheirOwn(arena),
    ),
  );
});

function sample(lines: fc.Arbitrary<CommandLine>, numRuns: number): CommandLine[] {
  return fc.sample(lines, { numRuns, seed: SEED });
}

async function writeNothing(scenario: string, lines: CommandLine[], run: RunLines): Promise<void> {
  const { wrong, done } = await tryOut(arena, lines, run);
  const findings = wrong.map((text) => ({ invariant: "nothing is written without --apply", text }));
  verdicts.push({ scenario, seed: SEED, trials: lines.length, findings, figures: { "ran to its end": done } });
  expect(findings).toEqual([]);
}
