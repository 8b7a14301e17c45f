import { createHash } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import path from "node:path";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";

/** The state file cannot be used; the message says why and what to do. */
export class StateRefusedError extends Error {
  override readonly name = "StateRefusedError";
}

/** The state file cannot be written. */
export class StateUnwritableError extends Error {
  override readonly name = "StateUnwritableError";
}

const unit = z.strictObject({
  cursor: z.string().nullable(),
  done: z.boolean(),
  counts: z.record(z.string(), z.number()),
});

const state = z.strictObject({
  version: z.literal(1),
  job: z.string(),
  mode: z.enum(["dry-run", "apply"]),
  runId: z.string(),
  /** The database that the cursors belong to, by name. */
  database: z.string(),
  identity: z.record(z.string(), z.unknown()),
  fingerprint: z.string(),
  status: z.enum(["running", "stopped", "finished"]),
  startedAt: z.iso.datetime(),
  savedAt: z.iso.datetime(),
  units: z.record(z.string(), unit),
  /** The first thousand leads that could not be checked. */
  failed: z.array(z.strictObject({ leadId: z.string(), unit: z.string(), reason: z.string() })),
});

/** How far a run has come, as its state file says. */
export type BackfillState = z.infer<typeof state>;

/**
 * Reads a state file; null when there is none.
 *
 * @throws StateRefusedError when there is one that is not exactly what was written: cut short, changed, or foreign.
 */
export async function readStateFile(file: string): Promise<BackfillState | null> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw refused(file, `cannot be read (${error.code})`);
  });
  if (text === null) return null;
  const envelope = parseEnvelope(text);
  if (envelope === null) throw refused(file, "is damaged");
  const parsed = state.safeParse(envelope.state);
  if (!parsed.success) throw refused(file, "is not a state file of this version");
  return parsed.data;
}

/**
 * Replaces the state file whole: after a crash there is the old one or the new one, and after a power cut too, since the
 * folder is synced as well.
 *
 * @throws StateUnwritableError
 */
export async function writeStateFile(file: string, content: BackfillState): Promise<void> {
  const text = `${JSON.stringify({ checksum: checksumOf(content), state: content }, null, 1)}\n`;
  try {
    await writeFileAtomic(file, text, { fsync: true });
    await syncFolder(path.dirname(path.resolve(file)));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new StateUnwritableError(
      `The state file ${file} cannot be written (${code}). Make room for it or name another with --state-file. Nothing is lost: what --apply did is on the books of the database, and --resume goes on from there once this file is removed.`,
    );
  }
}

/** What a run is about, in one short word: equal for equal jobs, modes and flags that matter. */
export function fingerprintOf(job: string, mode: string, identity: Record<string, unknown>): string {
  const ordered = Object.entries(identity).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([job, mode, ordered]))
    .digest("hex")
    .slice(0, 16);
}

function parseEnvelope(text: string): { state: unknown } | null {
  try {
    const envelope: unknown = JSON.parse(text);
    if (typeof envelope !== "object" || envelope === null || !("state" in envelope) || !("checksum" in envelope)) {
      return null;
    }
    return checksumOf(envelope.state) === envelope.checksum ? { state: envelope.state } : null;
  } catch {
    return null;
  }
}

function checksumOf(content: unknown): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("hex");
}

/** A rename is only sure to last once the folder that holds the name is on the disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function refused(file: string, why: string): StateRefusedError {
  return new StateRefusedError(
    `The state file ${file} ${why}. Remove it to go on from the database with --resume, or name another with --state-file.`,
  );
}
