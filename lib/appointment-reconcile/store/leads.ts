import type { DbOrTx, Tx } from "@/lib/db/client";
import type { Lease } from "@/lib/db/lease";
import { Prisma } from "@/prisma/generated/client";
import type { LeadRecord, RollUp, StoredAppointment } from "../records";
import type { ProviderName } from "../source";

interface LeadRow extends RollUp {
  id: string;
  clientId: string;
  email: string | null;
  ghlContactId: string | null;
  appointmentLastCheckedAt: Date | null;
  appointmentCheckFailures: number;
  hasOlderTwin: boolean;
}

interface AppointmentRow extends StoredAppointment {
  leadId: string;
}

/**
 * These leads as they are on record, in the order asked for, each with its appointments: two statements, whatever
 * their number. A lead that is gone is left out.
 */
export async function readLeads(db: DbOrTx, ids: readonly string[], provider: ProviderName): Promise<LeadRecord[]> {
  const rows = await db.$queryRaw<LeadRow[]>(leadsById(ids, provider));
  return withAppointments(db, rows, ids);
}

/**
 * One lead as it is on record, held still until the end of the transaction: who else wants to change it waits.
 * Null when it is gone.
 */
export async function readLeadForUpdate(tx: DbOrTx, id: string, provider: ProviderName): Promise<LeadRecord | null> {
  const rows = await tx.$queryRaw<LeadRow[]>(Prisma.sql`${leadsById([id], provider)} FOR NO KEY UPDATE OF l`);
  // Read after the lock was had: a statement that waits for a lock still sees other tables as they were before.
  const [lead] = await withAppointments(tx, rows, [id]);
  return lead ?? null;
}

/** One lead's new watermark. */
export interface Watermark {
  lead: LeadRecord;
  checkedAt: Date;
  /** After a failed check: until when it waits. Null after one that succeeded. */
  retryAt: Date | null;
}

/**
 * Moves the watermarks of a page in one statement, where they still are what they were when the page was read and, if
 * the page was worked on under a lease, while the lease is held. Returns how many moved.
 */
export async function moveWatermarks(db: DbOrTx, marks: readonly Watermark[], lease: Lease | null): Promise<number> {
  if (marks.length === 0) return 0;
  const held = lease
    ? Prisma.sql`EXISTS (SELECT 1 FROM "Lease" WHERE "key" = ${lease.key} AND "fence" = ${lease.fence}
        AND "expiresAt" > clock_timestamp())`
    : Prisma.sql`true`;
  return db.$executeRaw`
    UPDATE "Lead" l
    SET "appointmentLastCheckedAt" = m."checkedAt",
        "appointmentRetryAt" = m."retryAt",
        "appointmentCheckFailures" = CASE WHEN m."retryAt" IS NULL THEN 0 ELSE m."failures" + 1 END
    FROM unnest(
      ${marks.map((mark) => mark.lead.id)}::text[],
      ${marks.map((mark) => mark.lead.lastCheckedAt)}::timestamptz[],
      ${marks.map((mark) => mark.checkedAt)}::timestamptz[],
      ${marks.map((mark) => mark.retryAt)}::timestamptz[],
      ${marks.map((mark) => mark.lead.checkFailures)}::int[]
    ) AS m("id", "before", "checkedAt", "retryAt", "failures")
    WHERE l."id" = m."id" AND l."appointmentLastCheckedAt" IS NOT DISTINCT FROM m."before" AND ${held}`;
}

/**
 * Completes a lead that is held by this transaction: its new watermark and, unless null, its new roll-up. Does not move
 * `updatedAt`.
 */
export async function completeLead(tx: Tx, leadId: string, rollUp: RollUp | null, checkedAt: Date): Promise<void> {
  const watermark = { appointmentLastCheckedAt: checkedAt, appointmentRetryAt: null, appointmentCheckFailures: 0 };
  await tx.lead.updateMany({ where: { id: leadId }, data: { ...rollUp, ...watermark } });
}

/** Stores a contact id that was found by asking, unless the lead has one or another lead of the workspace has it. */
export async function linkContact(db: DbOrTx, lead: LeadRecord, contactId: string): Promise<void> {
  await db.$executeRaw`
    UPDATE "Lead" SET "ghlContactId" = ${contactId}
    WHERE "id" = ${lead.id} AND ("ghlContactId" IS NULL OR "ghlContactId" = '') AND NOT EXISTS (
      SELECT 1 FROM "Lead" WHERE "clientId" = ${lead.clientId} AND "ghlContactId" = ${contactId})`;
}

/** Whether a contact that was found by asking is already that of an older lead of the workspace. */
export async function isContactOfOlderLead(db: DbOrTx, lead: LeadRecord, contactId: string): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`
    SELECT 1 AS found FROM "Lead" o JOIN "Lead" l ON l."id" = ${lead.id}
    WHERE o."clientId" = ${lead.clientId} AND o."ghlContactId" = ${contactId}
      AND (o."createdAt", o."id") < (l."createdAt", l."id")`;
  return rows.length > 0;
}

/**
 * An older twin answers to what this lead would be asked about with: the same e-mail at Calendly; the same e-mail at
 * GHL unless the two are known to be different contacts there.
 */
function leadsById(ids: readonly string[], provider: ProviderName): Prisma.Sql {
  const sameContact = Prisma.sql`(o."ghlContactId" IS NULL OR l."ghlContactId" IS NULL)`;
  return Prisma.sql`
    SELECT l."id", l."clientId", NULLIF(btrim(l."email"), '') AS "email", NULLIF(l."ghlContactId", '') AS "ghlContactId",
      l."appointmentLastCheckedAt", l."appointmentCheckFailures",
      NULLIF(l."ghlAppointmentId", '') AS "ghlAppointmentId", NULLIF(l."calendlyInviteeUri", '') AS "calendlyInviteeUri",
      NULLIF(l."calendlyScheduledEventUri", '') AS "calendlyScheduledEventUri", l."appointmentProvider",
      l."appointmentStatus", l."appointmentStartAt", l."appointmentEndAt", l."appointmentBookedAt",
      l."appointmentCanceledAt", l."appointmentSource",
      EXISTS (
        SELECT 1 FROM "Lead" o
        WHERE o."clientId" = l."clientId" AND lower(o."email") = lower(l."email") AND btrim(l."email") <> ''
          AND (o."createdAt", o."id") < (l."createdAt", l."id")
          AND ${provider === "GHL" ? sameContact : Prisma.sql`true`}
      ) AS "hasOlderTwin"
    FROM "Lead" l WHERE l."id" = ANY (${ids}::text[])`;
}

async function withAppointments(db: DbOrTx, rows: readonly LeadRow[], ids: readonly string[]): Promise<LeadRecord[]> {
  const appointments = await db.$queryRaw<AppointmentRow[]>`
    SELECT "id", "leadId", "provider", "externalId", "calendlyScheduledEventUri", "calendarId", "status", "startAt",
      "endAt", "startApproximate", "bookedAt", "canceledAt", "cancelReason", "rescheduledFromId", "statusChangedAt",
      "source", "providerUpdatedAt"
    FROM "Appointment" WHERE "leadId" = ANY (${ids}::text[]) ORDER BY "id"`;
  const byLead = new Map(ids.map((id) => [id, [] as AppointmentRow[]]));
  for (const row of appointments) byLead.get(row.leadId)?.push(row);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    return row ? [toRecord(row, byLead.get(id) ?? [])] : [];
  });
}

function toRecord(row: LeadRow, appointments: AppointmentRow[]): LeadRecord {
  const { id, clientId, email, ghlContactId, appointmentLastCheckedAt, appointmentCheckFailures, hasOlderTwin } = row;
  const rollUp: RollUp = {
    ghlAppointmentId: row.ghlAppointmentId,
    calendlyInviteeUri: row.calendlyInviteeUri,
    calendlyScheduledEventUri: row.calendlyScheduledEventUri,
    appointmentProvider: row.appointmentProvider,
    appointmentStatus: row.appointmentStatus,
    appointmentStartAt: row.appointmentStartAt,
    appointmentEndAt: row.appointmentEndAt,
    appointmentBookedAt: row.appointmentBookedAt,
    appointmentCanceledAt: row.appointmentCanceledAt,
    appointmentSource: row.appointmentSource,
  };
  return {
    ...{ id, clientId, email, ghlContactId, hasOlderTwin, rollUp },
    lastCheckedAt: appointmentLastCheckedAt,
    checkFailures: appointmentCheckFailures,
    appointments: appointments.map(({ leadId: _, ...appointment }) => appointment),
  };
}
