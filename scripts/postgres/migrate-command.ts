import { parseArgs } from "node:util";
import { describeError } from "@/lib/core/errors";
import { DatabaseUnreachableError } from "./deploy-lock";
import { applyMigrations, diffToDatamodel } from "./migrations";

export interface CommandIo {
  env: Readonly<Record<string, string | undefined>>;
  print(line: string): void;
  complain(line: string): void;
}

/** Exit codes, those of the project's other command lines. */
const EXIT = { done: 0, failed: 1, usage: 2, unreachable: 4 } as const;
type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const USAGE = `Usage: npx tsx scripts/migrate.ts [--diff]

Applies prisma/migrations to the database of DIRECT_URL, else of DATABASE_URL.

  --diff   print the SQL that leads from the migrations to schema.prisma, and change nothing;
           to write the next migration, keep it as prisma/migrations/<YYYYMMDDhhmmss>_<name>/migration.sql
  --help   print this`;

/** Runs the command and returns its exit code. It says what it did on stdout and what is wrong on stderr. */
export async function runMigrateCommand(args: string[], io: CommandIo): Promise<ExitCode> {
  const flags = readFlags(args);
  if (flags instanceof Error) {
    io.complain(`${flags.message}\n\n${USAGE}`);
    return EXIT.usage;
  }
  try {
    if (flags.help) return say(io, USAGE);
    if (flags.diff) return say(io, (await diffFromMigrations()) || "-- schema.prisma asks for nothing more");
    return await deploy(io);
  } catch (error) {
    io.complain(describeError(error));
    return error instanceof DatabaseUnreachableError ? EXIT.unreachable : EXIT.failed;
  }
}

function readFlags(args: string[]): { diff: boolean; help: boolean } | Error {
  try {
    const { values } = parseArgs({ args, options: { diff: { type: "boolean" }, help: { type: "boolean" } } });
    return { diff: values.diff ?? false, help: values.help ?? false };
  } catch (error) {
    return new Error(describeError(error));
  }
}

async function deploy(io: CommandIo): Promise<ExitCode> {
  const name = ["DIRECT_URL", "DATABASE_URL"].find((candidate) => io.env[candidate]?.trim());
  const url = name && io.env[name]?.trim();
  if (!name || !url) {
    io.complain("Set DIRECT_URL (or DATABASE_URL) to the database to migrate.");
    return EXIT.usage;
  }
  if (!URL.canParse(url)) {
    io.complain(`${name} is not a URL like postgresql://user:password@host:5432/database.`);
    return EXIT.usage;
  }
  const applied = await applyMigrations(url);
  return say(
    io,
    applied.length === 0 ? "nothing to apply" : applied.map((migration) => `applied ${migration}`).join("\n"),
  );
}

/** On an embedded server of its own: nothing else is needed to write a migration, and no real database is read. */
async function diffFromMigrations(): Promise<string> {
  const { startEmbeddedPostgres } = await import("./embedded");
  const server = await startEmbeddedPostgres();
  try {
    await applyMigrations(server.url);
    return await diffToDatamodel(server.url);
  } finally {
    await server.stop();
  }
}

function say(io: CommandIo, text: string): ExitCode {
  io.print(text);
  return EXIT.done;
}
