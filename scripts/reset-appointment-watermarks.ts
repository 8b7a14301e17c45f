import { runCommand } from "@/lib/cli/command";
import { resetWatermarksCommand } from "./reset-appointment-watermarks/definition";

process.exitCode = await runCommand(resetWatermarksCommand, process.argv.slice(2));
