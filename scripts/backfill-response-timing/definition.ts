import type { BackfillDefinition } from "@/lib/cli/define-backfill";
import { integerFlag, switchFlag } from "@/lib/cli/flags";
import { DAY_MS } from "@/lib/core/time";
import { backfillResponseTiming } from "@/lib/response-timing/backfill/backfill";
import { summarizeTimingBackfill } from "@/lib/response-timing/backfill/summary";

const flags = {
  "lookback-days": integerFlag({ min: 1, max: 3650, byDefault: 365 }, "messages of so many days"),
  "batch-size": integerFlag({ min: 1, max: 5000, byDefault: 500 }, "threads between two checkpoints"),
  "statement-timeout-ms": integerFlag(
    { min: 1000, max: 600_000, byDefault: 30_000 },
    "end a statement that takes longer",
  ),
  "allow-pooler": switchFlag("work over DATABASE_URL where DIRECT_URL is not set or does not answer"),
};

/** The backfill of response timing, as its command runs it. */
export const responseTimingBackfill: BackfillDefinition<typeof flags> = {
  job: "response-timing",
  command: "npx tsx scripts/backfill-response-timing.ts",
  summary: "Works out how fast leads were answered, over all history, and makes the records true.",
  stateFile: "./.backfill-response-timing.json",
  flags,
  progress: "lines",
  connection: (flags) => ({
    allowPooler: flags["allow-pooler"],
    statementTimeoutMs: flags["statement-timeout-ms"],
  }),
  identity: (flags) => ({ lookbackDays: flags["lookback-days"] }),
  run: (_runtime, { flags, clientId, dryRun, startedAt, ledger, monitor }) => {
    const params = {
      ...{ clientId, dryRun },
      since: new Date(startedAt.getTime() - flags["lookback-days"] * DAY_MS),
      threadsMax: flags["batch-size"],
      statementTimeoutMs: flags["statement-timeout-ms"],
    };
    return backfillResponseTiming(params, ledger, monitor);
  },
  summarize: summarizeTimingBackfill,
};
