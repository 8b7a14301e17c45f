import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { runCommand } from "@/lib/cli/command";
import { defineBackfill } from "@/lib/cli/define-backfill";
import { appointmentsBackfill } from "@/scripts/backfill-appointments/definition";
import { resetWatermarksCommand } from "@/scripts/reset-appointment-watermarks/definition";

/**
 * Runs command lines one after the other in one process, as `command-lines.ts <file of them> <file for exit codes>`.
 * What they print goes where a command's output goes.
 */
const COMMANDS: Record<string, (argv: readonly string[]) => Promise<number>> = {
  "backfill-appointments": (argv) => defineBackfill(appointmentsBackfill, argv),
  "reset-appointment-watermarks": (argv) => runCommand(resetWatermarksCommand, argv),
};

const [linesFile = "", codesFile = ""] = process.argv.slice(2);
const lines = z
  .array(z.object({ command: z.string(), argv: z.array(z.string()) }))
  .parse(JSON.parse(readFileSync(linesFile, "utf8")));
const codes: (number | null)[] = [];
for (const { command, argv } of lines) codes.push((await COMMANDS[command]?.(argv)) ?? null);
writeFileSync(codesFile, JSON.stringify(codes));
