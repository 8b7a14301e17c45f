import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DAY_MS } from "@/lib/core/time";
import { createDb, type Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import { isGhosted } from "../rules/ghosted";
import { missingReach, type StepChannel } from "../rules/reach";
import { type ConversationMessage, hasReplied, hasRepliedSinceStep, lastReplyAt } from "../rules/replied";
import { isBooked, isOptedOut, isUntilLater } from "../rules/stops";
import { findEnriched, findGhosted } from "./resumes";
import {
  HAS_REPLIED,
  HAS_REPLIED_SINCE_LAST_STEP,
  INSTANCES,
  IS_BOOKED,
  IS_OPTED_OUT,
  isSnoozed,
  isWorkspacePaused,
} from "./stop-conditions";

/** The statements and the rules say the same things twice. Here they say them about the same rows. */

let database: TestDatabase;
let db: Db;
beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb(database.url);
});
afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

const NOW = new Date("2026-11-18T12:00:00Z");
/** Few different times, so that the same one comes up often: what counts is on which side of each other they lie. */
const time = fc.integer({ min: -10, max: 10 }).map((days) => new Date(NOW.getTime() + days * DAY_MS));
const maybe = fc.option(time);

const message = fc.record({
  direction: fc.constantFrom("inbound" as const, "outbound" as const),
  kind: fc.constantFrom(null, "reply", "sequence", "campaign", "system", "auto_reply", "reaction"),
  deliveryStatus: fc.constantFrom(null, "delivered", "failed", "bounced"),
  sentAt: time,
  deletedAt: fc.option(time, { freq: 5 }),
});

const someone = fc.record({
  lead: fc.record({
    status: fc.constantFrom("new", "meeting-booked", "meeting-booked", "blacklisted", "converted", "qualified"),
    autoFollowUpEnabled: fc.boolean(),
    appointmentStartAt: maybe,
    appointmentEndAt: maybe,
    snoozedUntil: maybe,
    email: fc.constantFrom(null, "", " \t", "a@example.com"),
    phone: fc.constantFrom(null, "\n", "+15550100001"),
  }),
  instance: fc.record({ startedAt: time, lastStepAt: maybe, resumedAt: maybe }),
  triggerOn: fc.constantFrom(null, "no_response", "meeting_selected"),
  followUpsPausedUntil: maybe,
  channel: fc.constantFrom<StepChannel>("email", "sms", "whatsapp", "call", "linkedin"),
  messages: fc.array(message, { maxLength: 5 }),
});
type Someone = typeof someone extends fc.Arbitrary<infer Each> ? Each : never;

it("stops, replies, silence and reach mean the same in the statements and in the rules", async () => {
  const property = fc.asyncProperty(fc.array(someone, { minLength: 80, maxLength: 80 }), async (people) => {
    await db.client.deleteMany({});
    for (const [index, each] of people.entries()) await store(String(index), each);
    expect(await whatStatementsSay(people.length)).toEqual(people.map(whatRulesSay));
  });
  await fc.assert(property, { numRuns: 4 });
}, 120_000);

interface Said {
  booked: boolean;
  optedOut: boolean;
  snoozed: boolean;
  workspacePaused: boolean;
  replied: boolean;
  repliedSinceStep: boolean;
  ghosted: boolean;
  canReach: boolean;
}

function whatRulesSay({ lead, instance, triggerOn, followUpsPausedUntil, channel, messages }: Someone): Said {
  const replyAt = lastReplyAt(messages);
  const booked = isBooked(lead, { triggerOn, startedAt: instance.startedAt });
  const said = {
    ...{ booked, optedOut: isOptedOut(lead), snoozed: isUntilLater(lead.snoozedUntil, NOW) },
    workspacePaused: isUntilLater(followUpsPausedUntil, NOW),
    replied: hasReplied(replyAt, instance),
    repliedSinceStep: hasRepliedSinceStep(replyAt, instance),
  };
  const mayGoOn = !(said.booked || said.optedOut || said.snoozed || said.workspacePaused);
  const ghosted = mayGoOn && isGhosted(messages satisfies readonly ConversationMessage[], NOW);
  return { ...said, ghosted, canReach: mayGoOn && missingReach(channel, lead) === null };
}

async function whatStatementsSay(count: number): Promise<Said[]> {
  const rows = await db.$queryRaw<(Omit<Said, "ghosted" | "canReach"> & { id: string })[]>(Prisma.sql`
    SELECT i."id", ${IS_BOOKED} AS "booked", ${IS_OPTED_OUT} AS "optedOut", ${isSnoozed(NOW)} AS "snoozed",
      ${isWorkspacePaused(NOW)} AS "workspacePaused", ${HAS_REPLIED} AS "replied",
      ${HAS_REPLIED_SINCE_LAST_STEP} AS "repliedSinceStep"
    FROM ${INSTANCES}`);
  const pause = (pausedReason: string) => db.followUpInstance.updateMany({ data: { status: "paused", pausedReason } });
  await pause("lead_replied");
  const ghosted = new Set((await findGhosted(db, { now: NOW })).map(({ id }) => id));
  await pause("awaiting_enrichment");
  const reachable = new Set((await findEnriched(db, { now: NOW })).map(({ id }) => id));
  const byId = new Map(rows.map(({ id, ...said }) => [id, said]));
  return Array.from({ length: count }, (_, index) => {
    const said = byId.get(String(index));
    if (!said) throw new Error(`instance ${index} is gone`);
    return { ...said, ghosted: ghosted.has(String(index)), canReach: reachable.has(String(index)) };
  });
}

async function store(id: string, each: Someone): Promise<void> {
  const { lead, instance, triggerOn, followUpsPausedUntil, channel, messages } = each;
  await db.client.create({ data: { id, name: "Acme", followUpsPausedUntil } });
  await db.followUpSequence.create({ data: { id, clientId: id, name: "Nudge", triggerOn } });
  await db.followUpStep.create({ data: { sequenceId: id, stepOrder: 1, channel } });
  await db.lead.create({ data: { id, clientId: id, ...lead } });
  await db.followUpInstance.create({ data: { id, leadId: id, sequenceId: id, ...instance, nextStepDue: NOW } });
  await db.message.createMany({ data: messages.map((one) => ({ ...one, leadId: id, channel: "sms" })) });
}
