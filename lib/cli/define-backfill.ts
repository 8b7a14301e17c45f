import type { BackfillMonitor } from "@/lib/core/backfill-monitor";
import { addCounts, type BackfillLedger, type Counts } from "@/lib/db/backfill-ledger";
import {
  endInvocation,
  type FailedLead,
  listFailures,
  readDatabaseName,
  readUnits,
  sumLeads,
} from "@/lib/db/backfill-runs";
import type { Runtime } from "@/lib/runtime";
import { Books } from "./books";
import { runCommand } from "./command";
import type { ConnectionDemands } from "./connection";
import { EXIT } from "./exit";
import { type Flags, type FlagValues, switchFlag, textFlag, textFlagOr, UsageError } from "./flags";
import { Mirror } from "./mirror";
import { print } from "./output";
import { Progress } from "./progress";
import { runTakenUp, type ShareEnd, type WorkEnd } from "./run-taken-up";
import { type BackfillMode, type TakenUp, takeUp } from "./take-up";

/** What a backfill is, beside what all backfills are. */
export interface BackfillDefinition<Own extends Flags> {
  job: string;
  command: string;
  summary: string;
  /** Where the state is mirrored unless `--state-file` says otherwise. */
  stateFile: string;
  flags: Own;
  /** What these flags change in the environment. */
  environment?(flags: FlagValues<Own>): Record<string, string>;
  /** What these flags demand of the connection, where any will not do. */
  connection?(flags: FlagValues<Own>): ConnectionDemands;
  /** What people see while it works: how many leads a second and until when, or the lines that the work says itself. */
  progress: "rate" | "lines";
  /** The flags that the state belongs to, beside the mode and `--clientId`. */
  identity(flags: FlagValues<Own>): Record<string, unknown>;
  run(runtime: Runtime, call: BackfillCall<Own>): Promise<WorkEnd>;
  /** The closing summary: an object for `--json`, and lines for people. */
  summarize(report: BackfillReport): { json: object; lines: string[] };
}

export interface BackfillCall<Own extends Flags> {
  flags: FlagValues<Own>;
  clientId: string | null;
  dryRun: boolean;
  /** When the run was first started, in whichever process that was. */
  startedAt: Date;
  ledger: BackfillLedger;
  monitor: BackfillMonitor;
}

export interface BackfillReport {
  mode: BackfillMode;
  complete: boolean;
  /** Over the whole run, all its processes together. */
  counts: Counts;
  failed: FailedLead[];
  /** Sent by this process. */
  requests: number;
  /** Taken by this process. */
  seconds: number;
}

/** The summary names no more failed leads than this; `counts` has their number. */
const FAILURES_LISTED_MAX = 10_000;

/** Flags that every backfill has. */
function commonFlags(stateFile: string) {
  return {
    "dry-run": switchFlag("work out every change and write none (the default)"),
    apply: switchFlag("write"),
    clientId: textFlag("ID", "one workspace only"),
    resume: switchFlag("go on where the last run with these flags stopped; leads that failed come last"),
    "state-file": textFlagOr("PATH", stateFile, "where to mirror how far the run has come"),
    json: switchFlag("print the closing summary as one JSON object"),
  };
}
type CommonFlags = FlagValues<ReturnType<typeof commonFlags>>;

/**
 * The one way to make a backfill: a command that takes a run up, does it while showing how it goes, closes the books,
 * and says what came of it. Resolves with the exit code; never throws.
 */
export function defineBackfill<Own extends Flags>(
  definition: BackfillDefinition<Own>,
  argv: readonly string[],
): Promise<number> {
  return runCommand(
    {
      command: definition.command,
      summary: definition.summary,
      flags: { ...commonFlags(definition.stateFile), ...definition.flags },
      check: (flags) => {
        if (flags.apply && flags["dry-run"]) throw new UsageError("--dry-run and --apply contradict each other.");
      },
      environment: (flags) => definition.environment?.(flags as unknown as FlagValues<Own>) ?? {},
      connection: (flags) => definition.connection?.(flags as unknown as FlagValues<Own>) ?? null,
      run: (runtime, flags) => runAndReport(definition, runtime, flags as unknown as CommonFlags & FlagValues<Own>),
    },
    argv,
  );
}

async function runAndReport<Own extends Flags>(
  definition: BackfillDefinition<Own>,
  runtime: Runtime,
  flags: CommonFlags & FlagValues<Own>,
): Promise<number> {
  const startedMs = performance.now();
  const mode: BackfillMode = flags.apply ? "apply" : "dry-run";
  const identity = { clientId: flags.clientId, ...definition.identity(flags) };
  const database = await readDatabaseName(runtime.db);
  const { job } = definition;
  const call = { job, mode, identity, resume: flags.resume, stateFile: flags["state-file"], database };
  const taken = await takeUp(runtime.db, call);
  const { runId, fingerprint, startedAt } = taken;
  const head = { version: 1, job, mode, runId, database, identity, fingerprint, startedAt: startedAt.toISOString() };
  const mirror = new Mirror(call.stateFile, { ...head, version: 1 }, taken.books);
  const progress = new Progress(process.stderr);
  progress.say(`Run ${runId} (--${mode}), first started ${startedAt.toISOString()}.`);
  for (const notice of taken.notices) progress.say(notice);
  const share = taken.finished
    ? {
        complete: true,
        obstacles: ["The run is finished; there is nothing left to do."],
        requests: 0,
        signalCode: null,
      }
    : await runTakenUp(
        taken.ledger,
        { progress, showsRate: definition.progress === "rate" },
        mirror,
        (ledger, monitor) =>
          definition.run(runtime, {
            flags,
            clientId: flags.clientId,
            dryRun: !flags.apply,
            startedAt,
            ledger,
            monitor,
          }),
      );
  for (const obstacle of share.obstacles) progress.say(obstacle);
  const { counts, failed } = await closeBooks(runtime, taken, mode, mirror, share);
  const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
  const report = { mode, complete: share.complete, counts, failed, requests: share.requests, seconds };
  const { json, lines } = definition.summarize(report);
  await print(flags.json ? JSON.stringify(json) : lines.join("\n"));
  return exitCodeOf(share, taken.finished);
}

/** Marks the run as finished, or as one that can be taken up again, and adds up what all its processes did. */
async function closeBooks(
  runtime: Runtime,
  taken: TakenUp,
  mode: BackfillMode,
  mirror: Mirror,
  share: ShareEnd,
): Promise<{ counts: Counts; failed: FailedLead[] }> {
  const { db } = runtime;
  const { runId, books } = taken;
  if (mode === "dry-run") {
    if (!taken.finished) await mirror.write(share.complete ? "finished" : "stopped");
    return { counts: books.sum(), failed: books.failed };
  }
  const failed = await listFailures(db, runId, FAILURES_LISTED_MAX);
  if (!taken.finished) {
    const status = share.complete && failed.length === 0 ? "finished" : "stopped";
    await endInvocation(db, runId, status);
    await mirror.write(status);
  }
  const units = new Books(await readUnits(db, runId), []);
  return { counts: addCounts(units.sum(), await sumLeads(db, runId)), failed };
}

function exitCodeOf(share: ShareEnd, wasFinished: boolean): number {
  if (share.complete || wasFinished) return EXIT.done;
  if (share.signalCode !== null) return share.signalCode;
  return share.obstacles.length > 0 ? EXIT.failed : EXIT.done;
}
