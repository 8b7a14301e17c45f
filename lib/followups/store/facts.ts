import type { DbOrTx } from "@/lib/db/client";
import type { DueInstance, SendRecord } from "../records";
import type { SequenceStep } from "../rules/facts";
import { INSTANCES, IS_REPLY, MEETING_END } from "./stop-conditions";

/** How far back sends can still be of the same local day as now, wherever the lead is; a night's window is two days'. */
const TOUCHES_LOOKBACK_DAYS = 3;

/**
 * All that the decisions about these instances rest on, in the order asked for: four statements, whatever their number.
 * An instance that is gone is left out.
 */
export async function readDueInstances(db: DbOrTx, ids: readonly string[], now: Date): Promise<DueInstance[]> {
  if (ids.length === 0) return [];
  const rows = await readRows(db, ids);
  const steps = await readSteps(db, [...new Set(rows.map((row) => row.sequenceId))]);
  const touches = await readTouches(db, [...new Set(rows.map((row) => row.leadId))], now);
  const sends = await readSends(db, ids);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    if (!row) return [];
    const touchAt = (channel: string) => touches.get(`${row.leadId} ${channel}`) ?? null;
    return [toDueInstance(row, { steps: steps.get(row.sequenceId) ?? [], touchAt, sends: sends.get(id) ?? [] })];
  });
}

/**
 * Holds an instance and its lead still until the end of the transaction; false when either is gone. The lead first, as
 * everybody who holds both does it: nobody waits for the other in a circle.
 */
export async function holdInstance(tx: DbOrTx, instance: { id: string; leadId: string }): Promise<boolean> {
  const leads = await tx.$queryRaw<unknown[]>`
    SELECT 1 AS held FROM "Lead" WHERE "id" = ${instance.leadId} FOR NO KEY UPDATE`;
  const instances = await tx.$queryRaw<unknown[]>`
    SELECT 1 AS held FROM "FollowUpInstance" WHERE "id" = ${instance.id} FOR NO KEY UPDATE`;
  return leads.length === 1 && instances.length === 1;
}

/** Holds these leads still until the end of the transaction, one after the other in a fixed order. */
export async function holdLeads(tx: DbOrTx, leadIds: readonly string[]): Promise<void> {
  await tx.$executeRaw`
    SELECT 1 FROM "Lead" WHERE "id" = ANY (${leadIds}::text[]) ORDER BY "id" FOR NO KEY UPDATE`;
}

type InstanceRow = Awaited<ReturnType<typeof readRows>>[number];

/** A roll-up whose meeting was cancelled has no end here: it is not the meeting that the status speaks of. */
function readRows(db: DbOrTx, ids: readonly string[]) {
  return db.$queryRaw<
    ({ id: string; leadId: string; sequenceId: string; claimToken: string | null; lastReplyAt: Date | null } & {
      triggerOn: string | null;
      isActive: boolean;
    } & { instanceStatus: string } & Omit<DueInstance["facts"]["instance"], "status"> &
      Omit<DueInstance["facts"]["lead"], "appointmentStartAt"> & {
        workspaceName: string;
        workspaceTimezone: string;
      } & Omit<DueInstance["facts"]["workspace"], "name" | "timezone">)[]
  >`
    SELECT i."id", i."leadId", i."sequenceId", i."claimToken", i."status" AS "instanceStatus", i."currentStep",
      i."startedAt", i."lastStepAt", i."resumedAt", i."nextStepDue", s."isActive", s."triggerOn",
      l."firstName", l."lastName", l."email", l."phone", l."ghlContactId", l."status", l."autoFollowUpEnabled",
      l."enrichmentStatus", l."timezone", l."snoozedUntil", ${MEETING_END} AS "appointmentEndAt",
      c."name" AS "workspaceName", c."timezone" AS "workspaceTimezone", c."workStartTime", c."workEndTime",
      c."followUpsPausedUntil",
      (SELECT max(m."sentAt") FROM "Message" m WHERE m."leadId" = i."leadId" AND ${IS_REPLY}) AS "lastReplyAt"
    FROM ${INSTANCES} WHERE i."id" = ANY (${ids}::text[])`;
}

/** The steps of these sequences as they are now. */
async function readSteps(db: DbOrTx, sequenceIds: readonly string[]): Promise<Map<string, SequenceStep[]>> {
  const rows = await db.$queryRaw<(SequenceStep & { sequenceId: string })[]>`
    SELECT "sequenceId", "stepOrder", "dayOffset", "minuteOffset", "channel", "subject", "messageTemplate", "condition",
      "requiresApproval"
    FROM "FollowUpStep" WHERE "sequenceId" = ANY (${sequenceIds}::text[]) ORDER BY "stepOrder"`;
  return groupBy(rows, (row) => row.sequenceId);
}

/** When these leads were last sent to, by lead and channel: what is on its way or may have arrived counts too. */
async function readTouches(db: DbOrTx, leadIds: readonly string[], now: Date): Promise<Map<string, Date>> {
  const rows = await db.$queryRaw<{ leadId: string; channel: string; at: Date }[]>`
    SELECT "leadId", "channel", max("at") AS "at" FROM (
      SELECT "leadId", "channel", "markedAt" AS "at" FROM "FollowUpSend"
      WHERE "leadId" = ANY (${leadIds}::text[]) AND "status" IN ('sending', 'sent', 'unknown')
      UNION ALL
      SELECT "leadId", "channel", "sentAt" FROM "Message"
      WHERE "leadId" = ANY (${leadIds}::text[]) AND "direction" = 'outbound' AND "kind" = 'sequence'
    ) AS touches
    WHERE "at" > ${now}::timestamptz - ${TOUCHES_LOOKBACK_DAYS}::int * interval '1 day'
    GROUP BY "leadId", "channel"`;
  return new Map(rows.map((row) => [`${row.leadId} ${row.channel}`, row.at]));
}

/** What the ledger has of the present round of these instances. */
async function readSends(db: DbOrTx, ids: readonly string[]): Promise<Map<string, SendRecord[]>> {
  const rows = await db.$queryRaw<(SendRecord & { instanceId: string })[]>`
    SELECT f."instanceId", f."stepOrder", f."status", f."attempts"
    FROM "FollowUpSend" f JOIN "FollowUpInstance" i ON i."id" = f."instanceId" AND i."startedAt" = f."round"
    WHERE i."id" = ANY (${ids}::text[])`;
  return groupBy(rows, (row) => row.instanceId);
}

function toDueInstance(
  row: InstanceRow,
  beside: { steps: SequenceStep[]; touchAt(channel: string): Date | null; sends: SendRecord[] },
): DueInstance {
  const { id, leadId, claimToken, lastReplyAt, triggerOn, isActive, startedAt, lastStepAt, resumedAt } = row;
  const { currentStep, nextStepDue, workStartTime, workEndTime, followUpsPausedUntil } = row;
  const { firstName, lastName, email, phone, ghlContactId, status, autoFollowUpEnabled, enrichmentStatus } = row;
  const { timezone, snoozedUntil, appointmentEndAt } = row;
  const { touchAt } = beside;
  return {
    ...{ id, leadId, claimToken, sends: beside.sends },
    facts: {
      instance: { status: row.instanceStatus, currentStep, startedAt, lastStepAt, resumedAt, nextStepDue },
      sequence: { isActive, triggerOn, steps: beside.steps },
      lead: {
        ...{ firstName, lastName, email, phone, ghlContactId, status, autoFollowUpEnabled, enrichmentStatus },
        ...{ timezone, snoozedUntil, appointmentEndAt, appointmentStartAt: null },
      },
      workspace: {
        ...{ name: row.workspaceName, timezone: row.workspaceTimezone, workStartTime, workEndTime },
        followUpsPausedUntil,
      },
      lastReplyAt,
      lastTouchAt: { email: touchAt("email"), sms: touchAt("sms"), whatsapp: touchAt("whatsapp") },
    },
  };
}

function groupBy<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(row);
    else groups.set(keyOf(row), [row]);
  }
  return groups;
}
