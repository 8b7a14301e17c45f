import type { Runtime } from "@/lib/runtime";
import type { ConnectionDemands } from "./connection";
import { EXIT, explainExit } from "./exit";
import { describeFlags, type Flag, type Flags, type FlagValues, parseFlags, switchFlag } from "./flags";
import { openRuntime } from "./open";
import { print } from "./output";

/** Flags that every command has, beside `--help`. */
type WithClientId = Flags & { clientId: Flag<string | null> };

export interface CommandDefinition<Declared extends WithClientId> {
  command: string;
  summary: string;
  flags: Declared;
  /** What flags demand of each other. @throws UsageError */
  check(flags: FlagValues<Declared>): void;
  /** What these flags change in the environment. */
  environment?(flags: FlagValues<Declared>): Record<string, string>;
  /** What these flags demand of the connection; null for no more than a connection. */
  connection?(flags: FlagValues<Declared>): ConnectionDemands | null;
  /** Resolves with the exit code. */
  run(runtime: Runtime, flags: FlagValues<Declared>): Promise<number>;
}

/**
 * A command line from end to end: read the flags before anything is opened, open the database, run, close. Resolves
 * with the exit code; never throws.
 */
export async function runCommand<Declared extends WithClientId>(
  definition: CommandDefinition<Declared>,
  argv: readonly string[],
): Promise<number> {
  const { command, summary } = definition;
  const help = { help: switchFlag("print this help") };
  try {
    const flags = parseFlags({ ...definition.flags, ...help }, argv);
    if (flags.help) {
      await print(describeFlags(command, summary, { ...definition.flags, ...help }));
      return EXIT.done;
    }
    const values = flags as FlagValues<Declared>;
    definition.check(values);
    const demands = definition.connection?.(values) ?? null;
    const changes = definition.environment?.(values) ?? {};
    const runtime = await openRuntime(changes, values.clientId as string | null, demands);
    return await definition.run(runtime, values).finally(() => runtime.db.$disconnect());
  } catch (error) {
    return explainExit(error, command);
  }
}
