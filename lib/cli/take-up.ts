import { randomUUID } from "node:crypto";
import { type BackfillLedger, DatabaseLedger, isWorkspace } from "@/lib/db/backfill-ledger";
import {
  type BackfillRunRow,
  beginInvocation,
  createRun,
  findRunById,
  findUnfinishedRun,
  listFailures,
  readUnits,
  restoreBooks,
} from "@/lib/db/backfill-runs";
import type { Db } from "@/lib/db/client";
import { knowsWorkspaces } from "@/lib/db/workspaces";
import { Books, dryRunLedger, noteIn } from "./books";
import { type BackfillState, fingerprintOf, readStateFile, StateRefusedError } from "./state-file";

export type BackfillMode = "dry-run" | "apply";

/** What is to be run, and what its state belongs to. */
export interface BackfillCall {
  job: string;
  mode: BackfillMode;
  identity: Record<string, unknown>;
  resume: boolean;
  stateFile: string;
  /** The name of the database. */
  database: string;
}

/** A run that was started or taken up. */
export interface TakenUp {
  runId: string;
  fingerprint: string;
  startedAt: Date;
  finished: boolean;
  books: Books;
  ledger: BackfillLedger;
  /** What people should know about how it began. */
  notices: string[];
}

/**
 * Starts a run, or takes up the one that `--resume` means: the state file's if there is a file, else the database's
 * latest. Where the two differ the database wins.
 *
 * @throws StateRefusedError when there is nothing to resume, or the file belongs to something else.
 */
export async function takeUp(db: Db, call: BackfillCall): Promise<TakenUp> {
  const fingerprint = fingerprintOf(call.job, call.mode, call.identity);
  const file = call.resume ? await readStateFile(call.stateFile) : null;
  if (file) refuseForeign(file, call, fingerprint);
  if (call.mode === "dry-run") return takeUpDryRun(db, call, fingerprint, file);
  return file ? takeUpFromFile(db, call, fingerprint, file) : takeUpFromDatabase(db, call, fingerprint);
}

function takeUpDryRun(db: Db, call: BackfillCall, fingerprint: string, file: BackfillState | null): TakenUp {
  if (call.resume && !file) throw nothingToResume(call);
  const books = new Books({ ...file?.units }, [...(file?.failed ?? [])]);
  return {
    ...{ fingerprint, books },
    runId: file?.runId ?? randomUUID(),
    startedAt: file ? new Date(file.startedAt) : new Date(),
    finished: file?.status === "finished",
    ledger: dryRunLedger(db, books),
    notices: [],
  };
}

async function takeUpFromFile(db: Db, call: BackfillCall, fingerprint: string, file: BackfillState): Promise<TakenUp> {
  const known = await findRunById(db, file.runId);
  if (known) {
    const books = await readBooks(db, known.id);
    const notices = sameProgress(books.units, file.units)
      ? []
      : ["The state file and the database differ in how far the run has come; the database is right."];
    return openRun(db, known, books, notices);
  }
  const workspaces = Object.keys(file.units).filter(isWorkspace);
  if (!(await knowsWorkspaces(db, workspaces))) {
    throw new StateRefusedError(
      `The state file ${call.stateFile} speaks of workspaces that this database does not have: it belongs to another. Remove it, or name another with --state-file.`,
    );
  }
  const { identity, job } = call;
  const run = await createRun(db, { job, fingerprint, identity, id: file.runId, startedAt: new Date(file.startedAt) });
  await restoreBooks(db, run.id, file.units, file.failed);
  const notice = "The database does not know the run; it goes on from the state file. What is true already stays so.";
  const books = new Books({ ...file.units }, [...file.failed]);
  return openRun(db, run, books, [notice], file.status === "finished");
}

async function takeUpFromDatabase(db: Db, call: BackfillCall, fingerprint: string): Promise<TakenUp> {
  const { job, identity } = call;
  const unfinished = await findUnfinishedRun(db, job, fingerprint);
  if (!call.resume) {
    const notices = unfinished
      ? [
          `A run of ${unfinished.startedAt.toISOString()} is unfinished; this starts another. --resume takes it up instead.`,
        ]
      : [];
    return openRun(db, await createRun(db, { job, fingerprint, identity }), new Books({}, []), notices);
  }
  if (!unfinished) throw nothingToResume(call);
  const notice = `There is no state file ${call.stateFile}; the run goes on from the database.`;
  return openRun(db, unfinished, await readBooks(db, unfinished.id), [notice]);
}

async function openRun(
  db: Db,
  run: BackfillRunRow,
  books: Books,
  notices: string[],
  finished = run.status === "finished",
): Promise<TakenUp> {
  const invocation = finished ? 0 : await beginInvocation(db, run.id);
  const ledger = noteIn(books, new DatabaseLedger(db, run.id, invocation));
  const { id: runId, fingerprint, startedAt } = run;
  return { runId, fingerprint, startedAt, finished, books, ledger, notices };
}

async function readBooks(db: Db, runId: string): Promise<Books> {
  return new Books(await readUnits(db, runId), await listFailures(db, runId, FAILURES_READ_MAX));
}

/** As many as a state file keeps. */
const FAILURES_READ_MAX = 1000;

/** A file of another job, database or set of flags says nothing about this run. */
function refuseForeign(file: BackfillState, call: BackfillCall, fingerprint: string): void {
  if (file.job === call.job && file.database === call.database && file.fingerprint === fingerprint) return;
  const was = { job: file.job, database: file.database, mode: file.mode, ...file.identity };
  const is = { job: call.job, database: call.database, mode: call.mode, ...call.identity };
  const fields = Object.keys({ ...was, ...is });
  const written = (from: Record<string, unknown>, field: string) => JSON.stringify(from[field] ?? null);
  const differing = fields.filter((field) => written(was, field) !== written(is, field));
  const differences = differing.map((one) => `${one} is ${written(was, one)} there and ${written(is, one)} here`);
  throw new StateRefusedError(
    `The state file ${call.stateFile} belongs to another run: ${differences.join(", ")}. Call with its flags, remove it to go on from the database, or name another with --state-file.`,
  );
}

function nothingToResume({ stateFile, mode }: BackfillCall): StateRefusedError {
  return new StateRefusedError(
    `There is nothing to resume: no state file ${stateFile}, and no unfinished --${mode} run with these flags. Start one without --resume.`,
  );
}

function sameProgress(a: Books["units"], b: Books["units"]): boolean {
  const units = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return units.every((unit) => a[unit]?.cursor === b[unit]?.cursor && a[unit]?.done === b[unit]?.done);
}
