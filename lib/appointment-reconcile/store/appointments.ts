import type { Tx } from "@/lib/db/client";
import type { LeadRecord, StoredAppointment } from "../records";
import type { ProviderName } from "../source";

/** An appointment that is on record for another lead of the workspace. */
export interface ForeignAppointment {
  externalId: string;
  leadId: string;
  /** The other lead is the older one, by `createdAt` and then `id`: the appointment is rightly its. */
  ownerIsOlder: boolean;
}

/** Which of these appointments are on record for other leads of the workspace. */
export async function findForeignAppointments(
  tx: Tx,
  lead: LeadRecord,
  provider: ProviderName,
  externalIds: readonly string[],
): Promise<ForeignAppointment[]> {
  return tx.$queryRaw<ForeignAppointment[]>`
    SELECT a."externalId", a."leadId", (o."createdAt", o."id") < (l."createdAt", l."id") AS "ownerIsOlder"
    FROM "Appointment" a
    JOIN "Lead" o ON o."id" = a."leadId"
    JOIN "Lead" l ON l."id" = ${lead.id}
    WHERE a."clientId" = ${lead.clientId} AND a."provider" = ${provider}
      AND a."externalId" = ANY (${externalIds}::text[]) AND a."leadId" <> ${lead.id}`;
}

/**
 * Moves appointments from younger leads to this one, and takes them out of those leads' roll-ups. Locks go from the
 * older lead to the younger only, so that two leads can never wait for each other.
 */
export async function takeOverAppointments(
  tx: Tx,
  lead: LeadRecord,
  provider: ProviderName,
  externalIds: readonly string[],
): Promise<void> {
  await tx.$executeRaw`
    WITH moved AS (
      UPDATE "Appointment" a SET "leadId" = ${lead.id}, "updatedAt" = now()
      FROM "Appointment" was
      WHERE was."id" = a."id" AND a."clientId" = ${lead.clientId} AND a."provider" = ${provider}
        AND a."externalId" = ANY (${externalIds}::text[])
      RETURNING was."leadId" AS "leadId", a."externalId" AS "externalId"
    )
    UPDATE "Lead" l
    SET "ghlAppointmentId" = NULL, "calendlyInviteeUri" = NULL, "calendlyScheduledEventUri" = NULL,
        "appointmentProvider" = NULL, "appointmentStatus" = NULL, "appointmentStartAt" = NULL,
        "appointmentEndAt" = NULL, "appointmentBookedAt" = NULL, "appointmentCanceledAt" = NULL,
        "appointmentSource" = NULL
    FROM moved
    WHERE l."id" = moved."leadId" AND l."id" <> ${lead.id}
      AND moved."externalId" IN (l."ghlAppointmentId", l."calendlyInviteeUri")`;
}

/**
 * Inserts rows or brings them up to date, whole. Returns how many; one that meanwhile went to another lead is not
 * touched and is missing from the count.
 */
export async function writeAppointments(tx: Tx, lead: LeadRecord, rows: readonly StoredAppointment[]): Promise<number> {
  const json = JSON.stringify(rows);
  return tx.$executeRaw`
    INSERT INTO "Appointment" AS a ("id", "clientId", "leadId", "provider", "externalId", "calendlyScheduledEventUri",
      "calendarId", "status", "startAt", "endAt", "startApproximate", "bookedAt", "canceledAt", "cancelReason",
      "rescheduledFromId", "statusChangedAt", "source", "providerUpdatedAt")
    SELECT "id", ${lead.clientId}, ${lead.id}, "provider", "externalId", "calendlyScheduledEventUri", "calendarId",
      "status", "startAt", "endAt", "startApproximate", "bookedAt", "canceledAt", "cancelReason", "rescheduledFromId",
      "statusChangedAt", "source", "providerUpdatedAt"
    FROM jsonb_to_recordset(${json}::jsonb) AS r("id" text, "provider" text, "externalId" text,
      "calendlyScheduledEventUri" text, "calendarId" text, "status" text, "startAt" timestamptz, "endAt" timestamptz,
      "startApproximate" boolean, "bookedAt" timestamptz, "canceledAt" timestamptz, "cancelReason" text,
      "rescheduledFromId" text, "statusChangedAt" timestamptz, "source" text, "providerUpdatedAt" timestamptz)
    ON CONFLICT ("clientId", "provider", "externalId") DO UPDATE SET
      "calendlyScheduledEventUri" = excluded."calendlyScheduledEventUri", "calendarId" = excluded."calendarId",
      "status" = excluded."status", "startAt" = excluded."startAt", "endAt" = excluded."endAt",
      "startApproximate" = excluded."startApproximate", "bookedAt" = excluded."bookedAt",
      "canceledAt" = excluded."canceledAt", "cancelReason" = excluded."cancelReason",
      "rescheduledFromId" = excluded."rescheduledFromId", "statusChangedAt" = excluded."statusChangedAt",
      "source" = excluded."source", "providerUpdatedAt" = excluded."providerUpdatedAt", "updatedAt" = now()
    WHERE a."leadId" = excluded."leadId"`;
}
