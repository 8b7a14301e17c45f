import { parseArgs } from "node:util";

/** The command line is wrong: said before anything is opened. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** One flag of a command line, by what it reads. */
export interface Flag<Value> {
  kind: "switch" | "value";
  /** What stands for the value in the help. */
  placeholder: string;
  help: string;
  /** Reads what was given; undefined when it was not. @throws UsageError */
  read(name: string, given: string | boolean | undefined): Value;
}

export type Flags = Record<string, Flag<unknown>>;
export type FlagValues<Declared extends Flags> = {
  [Name in keyof Declared]: Declared[Name] extends Flag<infer Value> ? Value : never;
};

/** A flag that is there or not. */
export function switchFlag(help: string): Flag<boolean> {
  return { kind: "switch", placeholder: "", help, read: (_name, given) => given === true };
}

/** A flag with a text; null when absent. */
export function textFlag(placeholder: string, help: string): Flag<string | null> {
  return { kind: "value", placeholder, help, read: (name, given) => readText(name, given) };
}

/** A flag with a text that has a default. */
export function textFlagOr(placeholder: string, byDefault: string, help: string): Flag<string> {
  return {
    kind: "value",
    placeholder,
    help: `${help} (default ${byDefault})`,
    read: (name, given) => readText(name, given) ?? byDefault,
  };
}

/** A flag with a whole number in plain digits, from `min` to `max`; `byDefault` when absent. */
export function integerFlag<Default extends number | null>(
  range: { min: number; max: number; byDefault: Default },
  help: string,
): Flag<number | Default> {
  const { min, max, byDefault } = range;
  const read = (name: string, given: string | boolean | undefined) => {
    const text = readText(name, given);
    if (text === null) return byDefault;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new UsageError(`--${name} must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}.`);
  };
  const defaults = byDefault === null ? "" : `, default ${byDefault}`;
  return { kind: "value", placeholder: "N", help: `${help} (${min}–${max}${defaults})`, read };
}

/** A flag with a date or an instant in ISO 8601; null when absent. A date alone is midnight UTC. */
export function dateFlag(help: string): Flag<Date | null> {
  const read = (name: string, given: string | boolean | undefined) => {
    const text = readText(name, given);
    if (text === null) return null;
    const isDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
    const value = new Date(isDate ? text : Number.NaN);
    if (!Number.isNaN(value.getTime())) return value;
    throw new UsageError(
      `--${name} must be a date such as 2030-03-12 or 2030-03-12T15:00:00Z, not ${JSON.stringify(text)}.`,
    );
  };
  return { kind: "value", placeholder: "ISO_DATE", help, read };
}

/**
 * Reads a command line against its declaration.
 *
 * @throws UsageError for a flag that is unknown, given twice, without its value, out of range, or for anything that is
 * no flag.
 */
export function parseFlags<Declared extends Flags>(flags: Declared, argv: readonly string[]): FlagValues<Declared> {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      { type: flag.kind === "switch" ? "boolean" : "string" } as const,
    ]),
  );
  const { values, tokens } = parse(options, argv);
  const given = tokens.flatMap((token) => (token.kind === "option" ? [token.name] : []));
  const repeated = given.find((name, index) => given.indexOf(name) !== index);
  if (repeated !== undefined) throw new UsageError(`--${repeated} is given more than once.`);
  const read = Object.entries(flags).map(([name, flag]) => [name, flag.read(name, values[name])]);
  return Object.fromEntries(read) as FlagValues<Declared>;
}

/** The help text, made from the declaration. */
export function describeFlags(command: string, summary: string, flags: Flags): string {
  const rows = Object.entries(flags).map(([name, flag]) => ({
    left: `  --${name}${flag.placeholder && ` ${flag.placeholder}`}`,
    help: flag.help,
  }));
  const width = Math.max(...rows.map(({ left }) => left.length));
  const lines = rows.map(({ left, help }) => `${left.padEnd(width)}  ${help}`);
  return [`Usage: ${command} [flags]`, "", summary, "", "Flags:", ...lines, ""].join("\n");
}

function parse(options: Record<string, { type: "boolean" | "string" }>, argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false, tokens: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readText(name: string, given: string | boolean | undefined): string | null {
  if (given === undefined || typeof given === "boolean") return null;
  const text = given.trim();
  if (text === "") throw new UsageError(`--${name} is empty; leave it out or give it a value.`);
  return text;
}
