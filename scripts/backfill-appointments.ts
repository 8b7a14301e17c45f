import { defineBackfill } from "@/lib/cli/define-backfill";
import { appointmentsBackfill } from "./backfill-appointments/definition";

process.exitCode = await defineBackfill(appointmentsBackfill, process.argv.slice(2));
