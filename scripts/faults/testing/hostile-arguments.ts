import fc from "fast-check";

export interface CommandLine {
  command: string;
  argv: string[];
}

/** A command as hostile arguments are given to it, with the flags that it knows. */
interface Command {
  name: string;
  /** Flags with a value, and values that they take. */
  takes: Record<string, readonly string[]>;
  switches: readonly string[];
}

export const COMMANDS: readonly Command[] = [
  {
    name: "backfill-appointments",
    takes: {
      "--stale-days": ["0", "7"],
      "--max-leads": ["1", "3"],
      "--page-size": ["1", "10"],
      "--lead-concurrency": ["2"],
      "--client-concurrency": ["1"],
    },
    switches: ["--dry-run", "--json", "--skip-side-effects", "--resume", "--help"],
  },
  {
    name: "reset-appointment-watermarks",
    takes: { "--checked-before": ["2099-01-01", "2030-03-12T15:00:00Z"] },
    switches: ["--dry-run", "--json", "--help"],
  },
];

/** Ways of almost asking to write. None of them is `--apply`. */
const ALMOST_APPLY = [
  "--Apply",
  "--apply=true",
  "--apply=",
  "-apply",
  "apply",
  "--no-apply",
  "--appl",
  "-a",
  "--apply ",
  "—apply",
];
const NONSENSE = [
  "--",
  "-",
  "--dry-run=false",
  "--no-dry-run",
  "--dryrun",
  "--clientId",
  "--clientId=",
  "--unknown",
  "1",
];
const BAD_VALUES = ["", "-1", "1e3", "999999999999999", "NaN", "--json", "' OR 1=1 --", "\u0000", "2030-13-45", "true"];

/** Command lines without `--apply`, right ones among them. `stateFile` is where a dry run may keep its state. */
export function hostileCommandLines(stateFile: string): fc.Arbitrary<CommandLine> {
  return fc.constantFrom(...COMMANDS).chain((command) => {
    const flag = fc.constantFrom(...Object.keys(command.takes));
    const right = flag.chain((name) => fc.constantFrom(...(command.takes[name] ?? [])).map((value) => [name, value]));
    const wrong = fc.tuple(flag, fc.oneof(fc.constantFrom(...BAD_VALUES), fc.string({ maxLength: 20 })));
    const piece = fc.oneof(
      { weight: 4, arbitrary: right },
      { weight: 2, arbitrary: fc.constantFrom(...command.switches).map((name) => [name]) },
      { weight: 1, arbitrary: wrong },
      { weight: 1, arbitrary: fc.constantFrom(...ALMOST_APPLY, ...NONSENSE).map((text) => [text]) },
      { weight: 1, arbitrary: fc.string({ maxLength: 20 }).map((text) => [text]) },
    );
    const state = command.name.startsWith("backfill") ? ["--state-file", stateFile] : [];
    return fc
      .array(piece, { maxLength: 4 })
      .map((pieces) => ({ command: command.name, argv: [...state, ...pieces.flat()] }))
      .filter(({ argv }) => !argv.includes("--apply"));
  });
}

/** Command lines that ask to write and are wrong in some other way: refused before anything is opened. */
export function wronglyApplied(): fc.Arbitrary<CommandLine> {
  const mistake = fc.constantFrom(
    ...[["--dry-run"], ["--unknown"], ["--apply"], ["--clientId"], ["--clientId="], ["extra"], ["--json=1"]],
  );
  return fc
    .record({ command: fc.constantFrom(...COMMANDS), mistake, before: fc.boolean() })
    .map(({ command, mistake: wrong, before }) => ({
      command: command.name,
      argv: before ? [...wrong, "--apply"] : ["--apply", ...wrong],
    }));
}
