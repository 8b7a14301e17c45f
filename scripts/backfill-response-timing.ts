import { defineBackfill } from "@/lib/cli/define-backfill";
import { responseTimingBackfill } from "./backfill-response-timing/definition";

process.exitCode = await defineBackfill(responseTimingBackfill, process.argv.slice(2));
