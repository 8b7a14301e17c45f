import type { SyncDeps } from "@/lib/background-sync/deps";
import type { SyncRunResult } from "@/lib/background-sync/reconcile";
import { runBackgroundSync, type SyncParams } from "@/lib/background-sync/runner";
import { startDeadline } from "@/lib/core/time";
import type { KapsoPerson } from "../sandbox/kapso-model";
import { addKapsoLead, type LeadFields, type Scene, type TestWorkspace } from "./scene";

/** What stories about messages and quiet contacts are told with. */

/** One run of background sync, below its door. */
export async function sync(
  { runtime }: Scene,
  params: Partial<SyncParams> & { budgetMs?: number; signal?: AbortSignal; deps?: Partial<SyncDeps> } = {},
): Promise<SyncRunResult | "locked"> {
  const { budgetMs = 30_000, signal, deps, ...rest } = params;
  const deadline = startDeadline(budgetMs, ...(signal ? [signal] : []));
  const outcome = await runBackgroundSync({ ...runtime.backgroundSync, ...deps }, { dryRun: false, ...rest }, deadline);
  deadline.dispose();
  if (outcome.kind === "locked") return "locked";
  if (outcome.kind === "failed") throw new Error(outcome.error);
  return outcome.result as SyncRunResult;
}

/** The same, where it would be a surprise to find everything locked. */
export async function syncOnce(scene: Scene, params: Parameters<typeof sync>[1] = {}): Promise<SyncRunResult> {
  const result = await sync(scene, params);
  if (result === "locked") throw new Error("another run has the lease");
  return result;
}

/** The lead's number, as the person at Kapso whose it is. */
export function personOf({ phone }: { phone: string | null }): KapsoPerson {
  return { phone: phone ?? "" };
}

/** A lead in whom nothing has happened for so many hours. */
export async function addQuietLead(
  scene: Scene,
  workspace: TestWorkspace,
  hours: number,
  fields: Partial<LeadFields> = {},
) {
  return addKapsoLead(scene, workspace, { lastActivityAt: hoursAgo(hours), ...fields });
}

export function hoursAgo(hours: number): Date {
  return new Date(Date.now() - hours * 3_600_000);
}

export async function messagesOf({ runtime: { db } }: Scene, { id: leadId }: { id: string }) {
  return db.message.findMany({ where: { leadId }, orderBy: [{ sentAt: "asc" }, { externalId: "asc" }] });
}

/** What the notes of a lead say, in the order in which they were left. */
export async function notesOf({ runtime: { db } }: Scene, { id: leadId }: { id: string }): Promise<string[]> {
  const notes = await db.leadNote.findMany({ where: { leadId }, orderBy: [{ addedAt: "asc" }, { id: "asc" }] });
  return notes.map(({ content }) => content);
}

/** The rows of a workspace's health, oldest first. */
export async function healthOf({ runtime: { db } }: Scene, { id: clientId }: TestWorkspace) {
  return db.syncHealth.findMany({ where: { clientId }, orderBy: { runAt: "asc" } });
}

/** Makes it so many hours ago that the workspace was last synced, and its notes and flags that much older. */
export async function letTimePass({ runtime: { db } }: Scene, { id }: TestWorkspace, hours: number): Promise<void> {
  await db.$executeRaw`
    UPDATE "Client" SET "messagesVerifiedAt" = "messagesVerifiedAt" - ${hours}::int * interval '1 hour',
      "backgroundSyncedAt" = "backgroundSyncedAt" - ${hours}::int * interval '1 hour' WHERE "id" = ${id}`;
  await db.$executeRaw`
    UPDATE "LeadNote" n SET "addedAt" = n."addedAt" - ${hours}::int * interval '1 hour'
    FROM "Lead" l WHERE l."id" = n."leadId" AND l."clientId" = ${id}`;
  await db.$executeRaw`
    UPDATE "Lead" SET "staleFlaggedAt" = "staleFlaggedAt" - ${hours}::int * interval '1 hour' WHERE "clientId" = ${id}`;
}
