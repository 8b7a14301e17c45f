import type { Db, Tx } from "@/lib/db/client";
import type { PlannedSend } from "../plan";

/** A send by what the ledger calls it, and the claim under which it is made. */
export interface MarkedSend extends Pick<PlannedSend, "instanceId" | "leadId" | "round" | "fromStep" | "attempts"> {
  stepOrder: number;
  channel: string;
  claimToken: string;
  /** When it was about to leave: what the lead writes later is an answer to it. */
  markedAt: Date;
}

/**
 * Puts it on record that a message is about to leave, and holds the claim until `ttlMs` from now. False, and nothing
 * written, where this step of this round is already on its way, sent, refused or uncertain, or where the lead has had a
 * message of ours on this channel and local day: the ledger's keys say so, whatever anybody read before.
 */
export async function markSending(tx: Tx, send: MarkedSend, localDay: string, ttlMs: number): Promise<boolean> {
  const marked = await tx.$executeRaw`
    WITH marked AS (
      INSERT INTO "FollowUpSend" AS f ("instanceId", "round", "stepOrder", "leadId", "channel", "localDay", "status",
        "claimToken", "markedAt", "expiresAt")
      SELECT ${send.instanceId}, ${send.round}::timestamptz, ${send.stepOrder}::int, ${send.leadId}, ${send.channel},
        ${localDay}, 'sending', ${send.claimToken}, ${send.markedAt}::timestamptz,
        clock_timestamp() + ${ttlMs}::int * interval '1 millisecond'
      WHERE NOT EXISTS (
        SELECT 1 FROM "FollowUpSend"
        WHERE "leadId" = ${send.leadId} AND "channel" = ${send.channel} AND "localDay" = ${localDay}
          AND "status" IN ('sending', 'sent', 'unknown'))
      ON CONFLICT ("instanceId", "round", "stepOrder") DO UPDATE
        SET "status" = 'sending', "attempts" = f."attempts" + 1, "claimToken" = excluded."claimToken",
            "channel" = excluded."channel", "localDay" = excluded."localDay", "markedAt" = excluded."markedAt",
            "expiresAt" = excluded."expiresAt", "reason" = NULL, "updatedAt" = now()
        WHERE f."status" = 'not_sent'
      RETURNING f."instanceId", f."expiresAt"
    )
    UPDATE "FollowUpInstance" i SET "claimExpiresAt" = marked."expiresAt"
    FROM marked WHERE i."id" = marked."instanceId" AND i."claimToken" = ${send.claimToken}`;
  return marked === 1;
}

/** What a send came to, as the ledger keeps it. */
export interface SendRecorded {
  status: "sent" | "not_sent" | "refused" | "unknown";
  externalId: string | null;
  reason: string | null;
}

/**
 * Puts on record what a send came to. An answer that comes after its time was up is still the truth, and replaces
 * `unknown`. False where the row is no longer this claim's: then nothing is to be concluded from the answer.
 */
export async function recordSend(tx: Tx, send: MarkedSend, outcome: SendRecorded): Promise<boolean> {
  const recorded = await tx.$executeRaw`
    UPDATE "FollowUpSend"
    SET "status" = ${outcome.status}, "externalId" = ${outcome.externalId}, "reason" = ${outcome.reason},
        "updatedAt" = now()
    WHERE "instanceId" = ${send.instanceId} AND "round" = ${send.round}::timestamptz
      AND "stepOrder" = ${send.stepOrder}::int AND "claimToken" = ${send.claimToken}
      AND "status" IN ('sending', 'unknown')`;
  return recorded === 1;
}

/**
 * Keeps a message that was sent with the lead's others. Where the provider's own report of it was stored first, that row
 * is said to be a sequence's: it is neither an answer of ours nor a second message.
 */
export async function storeMessage(tx: Tx, send: MarkedSend, body: string, externalId: string | null): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "Message" ("leadId", "channel", "direction", "sentBy", "kind", "body", "externalId", "sentAt")
    VALUES (${send.leadId}, ${send.channel}, 'outbound', 'system', 'sequence', ${body}, ${externalId},
      ${send.markedAt}::timestamptz)
    ON CONFLICT ("leadId", "channel", "externalId") DO UPDATE
      SET "kind" = 'sequence', "sentBy" = 'system', "updatedAt" = now()`;
}

/** Says when we last wrote to the lead. It only moves forward. */
export async function moveLastOutbound(tx: Tx, leadId: string, at: Date): Promise<void> {
  await tx.$executeRaw`
    UPDATE "Lead" SET "lastOutboundAt" = ${at}::timestamptz
    WHERE "id" = ${leadId} AND ("lastOutboundAt" IS NULL OR "lastOutboundAt" < ${at}::timestamptz)`;
}

/** What an instance becomes once it is known what came of its send. */
export interface InstanceAfterSend {
  status: "active" | "paused" | "completed";
  pausedReason: string | null;
  /** Null while the step is still to be done. */
  doneStep: number | null;
  nextStepDue: Date | null;
}

/**
 * Moves an instance on after a send, if it still is of the same round and at the same step. One that was paused, completed
 * or cancelled while the message was under way stays so, and yet its step counts as done; one whose answer came too late
 * stops waiting for it. The claim is given back.
 */
export async function moveAfterSend(tx: Tx, send: MarkedSend, after: InstanceAfterSend, now: Date): Promise<void> {
  await tx.$executeRaw`
    UPDATE "FollowUpInstance" i
    SET "currentStep" = COALESCE(${after.doneStep}::int, i."currentStep"),
        "lastStepAt" = CASE WHEN ${after.doneStep}::int IS NULL THEN i."lastStepAt" ELSE ${send.markedAt}::timestamptz END,
        "status" = CASE WHEN open THEN ${after.status} ELSE i."status" END,
        "pausedReason" = CASE WHEN open THEN ${after.pausedReason} ELSE i."pausedReason" END,
        "nextStepDue" = CASE WHEN i."status" IN ('active', 'paused') THEN COALESCE(${after.nextStepDue}::timestamptz,
          CASE WHEN ${after.doneStep}::int IS NULL THEN i."nextStepDue" WHEN NOT open THEN ${now}::timestamptz END) END,
        "completedAt" = CASE WHEN open AND ${after.status} = 'completed' THEN ${now}::timestamptz ELSE i."completedAt" END,
        "completedReason" = CASE WHEN open AND ${after.status} = 'completed' THEN 'finished' ELSE i."completedReason" END,
        "claimToken" = NULL, "claimExpiresAt" = NULL, "updatedAt" = ${now}
    FROM (SELECT "id", "status" = 'active' OR ("status" = 'paused' AND "pausedReason" = 'send_uncertain') AS open
          FROM "FollowUpInstance" WHERE "id" = ${send.instanceId}) AS present
    WHERE i."id" = present."id" AND i."startedAt" = ${send.round}::timestamptz
      AND i."currentStep" = ${send.fromStep}::int
      AND (i."claimToken" = ${send.claimToken} OR (i."status" = 'paused' AND i."pausedReason" = 'send_uncertain'))`;
}

/**
 * Finds sends whose process died between their leaving and their record: whether they arrived, nobody knows. They become
 * `unknown`, and their instances, where they wait for nothing else, are paused as `send_uncertain`. Nothing is sent again.
 * Returns the instances that are uncertain now, up to `limit`.
 */
export async function settleInterrupted(
  db: Db,
  scope: { now: Date; clientId?: string | undefined },
  limit: number,
): Promise<string[]> {
  const { now, clientId = null } = scope;
  const rows = await db.$queryRaw<{ instanceId: string }[]>`
    WITH interrupted AS (
      SELECT f."instanceId", f."round", f."stepOrder" FROM "FollowUpSend" f JOIN "Lead" l ON l."id" = f."leadId"
      WHERE f."status" = 'sending' AND f."expiresAt" <= clock_timestamp()
        AND (${clientId}::text IS NULL OR l."clientId" = ${clientId})
      ORDER BY f."expiresAt" LIMIT ${limit}::int FOR UPDATE OF f SKIP LOCKED
    ), uncertain AS (
      UPDATE "FollowUpSend" f
      SET "status" = 'unknown', "reason" = 'the process ended before the answer was on record', "updatedAt" = now()
      FROM interrupted n
      WHERE f."instanceId" = n."instanceId" AND f."round" = n."round" AND f."stepOrder" = n."stepOrder"
    ), paused AS (
      UPDATE "FollowUpInstance" i
      SET "status" = 'paused', "pausedReason" = 'send_uncertain', "claimToken" = NULL, "claimExpiresAt" = NULL,
          "updatedAt" = ${now}
      FROM interrupted n
      WHERE i."id" = n."instanceId" AND i."startedAt" = n."round" AND i."currentStep" < n."stepOrder"
        AND i."status" = 'active'
    )
    SELECT "instanceId" FROM interrupted`;
  return rows.map((row) => row.instanceId);
}

/** The instances that it would find, all of them and untouched. */
export async function findInterrupted(db: Db, scope: { clientId?: string | undefined }): Promise<string[]> {
  const { clientId = null } = scope;
  const rows = await db.$queryRaw<{ instanceId: string }[]>`
    SELECT f."instanceId" FROM "FollowUpSend" f JOIN "Lead" l ON l."id" = f."leadId"
    WHERE f."status" = 'sending' AND f."expiresAt" <= clock_timestamp()
      AND (${clientId}::text IS NULL OR l."clientId" = ${clientId})`;
  return rows.map((row) => row.instanceId);
}
