import { isDeepStrictEqual } from "node:util";
import type { Db } from "@/lib/db/client";
import { deriveEvents } from "@/lib/response-timing/rules/derive";
import { readThreads } from "@/lib/response-timing/store/thread-rows";
import type { Said } from "../../environment/correspondence";
import type { TalkingWorkspace } from "../../environment/sample-conversations";
import type { Sandbox } from "../../sandbox/sandbox";
import type { Check } from "../checks";
import type { AiAnswer } from "./thread";
import { STRANGER, type Talker } from "./whatsapp";
import type { Telling } from "./zoo";

/** Everything that was said on WhatsApp is on record once, as it was said, and nothing else is. */
export async function checkMessages(talkers: readonly Talker[], sandbox: Sandbox, db: Db): Promise<Check> {
  const truth = new Map(
    talkers.flatMap(({ workspace, lead }) =>
      sandbox.kapso.truthOf(workspace.number.id, lead.person).map((message) => [message.id, { lead, message }]),
    ),
  );
  const clientIds = [...new Set(talkers.map(({ workspace }) => workspace.id))];
  const rows = await db.message.findMany({ where: { channel: "whatsapp", lead: { clientId: { in: clientIds } } } });
  const invented = rows.filter(({ externalId }) => externalId === null || !truth.has(externalId));
  const wrong = [...truth].flatMap(([id, { lead, message }]) => {
    const own = rows.filter(({ externalId }) => externalId === id);
    const [row] = own;
    if (!row || own.length > 1) return [`${lead.name}: message ${id} is on record ${own.length} times`];
    const isSame =
      row.leadId === lead.id &&
      row.direction === message.direction &&
      row.sentAt.getTime() === message.at.getTime() &&
      (message.type !== "text" || row.body === message.body);
    return isSame ? [] : [`${lead.name}: message ${id} is on record otherwise than it was said`];
  });
  const disagreements = [...wrong, ...invented.map(({ id }) => `message ${id} is on record and was never said`)];
  return { name: "WhatsApp messages", of: `${truth.size} messages`, disagreements };
}

/** What the syncs say that they found is what the webhooks had lost; of a number that nobody knows nothing is on record. */
export async function checkSync(
  workspaces: readonly TalkingWorkspace[],
  said: readonly Said[],
  db: Db,
): Promise<Check> {
  const lost = said.filter((one) => one.lost && one.lead !== null);
  const disagreements: string[] = [];
  for (const { id, name } of workspaces) {
    const own = lost.filter(({ workspace }) => workspace.id === id);
    const runs = await db.syncHealth.aggregate({ where: { clientId: id }, _sum: { missed: true, recovered: true } });
    const conversations = new Set(own.map(({ round, message }) => `${round} ${message.conversation.id}`)).size;
    disagreements.push(
      ...compare(`${name}: conversations with something missed`, runs._sum.missed ?? 0, conversations),
      ...compare(`${name}: messages recovered`, runs._sum.recovered ?? 0, own.length),
      ...compare(
        `${name}: failed syncs`,
        await db.syncHealth.count({ where: { clientId: id, error: { not: null } } }),
        0,
      ),
      ...compare(`${name}: notes of what was recovered`, await countNotes(db, id, RECOVERED), conversations),
      ...compare(`${name}: leads with the number of a stranger`, await countStrangers(db, id), 0),
    );
  }
  return { name: "what webhooks had lost", of: `${lost.length} messages`, disagreements };
}

const RECOVERED = "Missed webhook:";
const FLAGGED = "Sync check:";

/** Whoever is quiet has one note that says so, and nobody else has. */
export async function checkFlags(talkers: readonly Talker[], db: Db): Promise<Check> {
  const notes = await db.leadNote.findMany({
    where: { leadId: { in: talkers.map(({ lead }) => lead.id) }, content: { startsWith: FLAGGED } },
  });
  const disagreements = talkers.flatMap(({ lead, flags }) =>
    compare(`${lead.name}: flags`, notes.filter(({ leadId }) => leadId === lead.id).length, flags),
  );
  return { name: "quiet leads", of: `${talkers.length} leads`, disagreements };
}

/** The events on record are those that the definitions make of the threads, whole and no others. */
export async function checkEvents(workspaces: readonly TalkingWorkspace[], db: Db): Promise<Check> {
  const clientId = { in: workspaces.map(({ id }) => id) };
  const keys = await db.message.groupBy({ by: ["leadId", "channel"], where: { lead: { clientId } } });
  const derived = (await readThreads(db, keys)).flatMap(deriveEvents);
  const stored = await readEvents(db, workspaces);
  const [should, is] = [byMessage(derived), byMessage(stored)];
  const ids = [...new Set([...should.keys(), ...is.keys()])];
  const disagreements = ids
    .filter((id) => !isDeepStrictEqual(should.get(id), is.get(id)))
    .map(
      (id) =>
        `the event of message ${id} is ${is.has(id) ? "wrong" : "missing"}${should.has(id) ? "" : ": there is none"}`,
    );
  return { name: "response times", of: `${derived.length} events in ${keys.length} threads`, disagreements };
}

/** The stories ended as they were written, whatever the definitions in code say. */
export async function checkStories(tellings: readonly Telling[], db: Db): Promise<Check> {
  const leadId = { in: tellings.map(({ lead }) => lead.id) };
  const events = await db.responseTimingEvent.findMany({ where: { leadId }, orderBy: { inboundSentAt: "asc" } });
  const disagreements = tellings.flatMap(({ lead, thread, events: expected }) => {
    const own = events.filter((event) => event.leadId === lead.id && event.channel === thread.channel);
    const told = own.map(
      ({ streakCount, firstResponder, anomaly }) =>
        `${streakCount} ${firstResponder ?? "nobody"}${anomaly ? `, ${anomaly}` : ""}`,
    );
    return compare(`${lead.name} by ${thread.channel}`, told.join("; ") || "nothing", expected.join("; ") || "nothing");
  });
  return { name: "who answered first", of: `${tellings.length} threads`, disagreements };
}

/** Each answer of the AI is on record with the bounds and the parts of its delay as they were, and these add up. */
export async function checkDelays(
  workspaces: readonly TalkingWorkspace[],
  answers: readonly AiAnswer[],
  db: Db,
): Promise<Check> {
  const events = await readEvents(db, workspaces);
  const disagreements = answers.flatMap((answer) => {
    const own = events.filter(({ aiResponseMessageId }) => aiResponseMessageId === answer.messageId);
    const [event] = own;
    const name = `the AI's answer ${answer.messageId}`;
    if (!event || own.length > 1) return [`${name} is in ${own.length} events`];
    return describeDelay(event, answer).flatMap(([part, is, should]) => compare(`${name}: ${part}`, is, should));
  });
  return { name: "delays of the AI", of: `${answers.length} answers`, disagreements };
}

type StoredEvent = Awaited<ReturnType<typeof readEvents>>[number];

/** What is on record of an answer's delay beside what it has to be, in milliseconds but for the bounds. */
function describeDelay(event: StoredEvent, { bounds, parts }: AiAnswer): [string, number | null, number | null][] {
  const { aiJobStartedAt, aiScheduledRunAt, aiResponseSentAt, aiResponseMs, inboundSentAt } = event;
  const chosenMs = (event.aiChosenDelaySeconds ?? 0) * 1000;
  const setMs = aiScheduledRunAt && aiScheduledRunAt.getTime() - chosenMs - inboundSentAt.getTime();
  const queueMs = elapsedMs(aiScheduledRunAt, aiJobStartedAt);
  const sendMs = elapsedMs(aiJobStartedAt, aiResponseSentAt);
  const wholeMs = aiResponseMs === null ? null : Number(aiResponseMs);
  const told: [string, number | null, number | null][] = [
    ["shortest delay", event.aiDelayMinSeconds, bounds.minSeconds],
    ["longest delay", event.aiDelayMaxSeconds, bounds.maxSeconds],
    ["delay in seconds", event.aiActualDelaySeconds, wholeMs === null ? null : Math.floor(wholeMs / 1000)],
    ["wait for its turn", queueMs, parts?.queueMs ?? null],
    ["sending", sendMs, parts?.sendMs ?? null],
  ];
  if (parts === null) return told;
  const sumMs = setMs === null || queueMs === null || sendMs === null ? null : setMs + chosenMs + queueMs + sendMs;
  return [...told, ["chosen delay", chosenMs, parts.chosenMs], ["all parts", sumMs, wholeMs]];
}

function elapsedMs(from: Date | null, to: Date | null): number | null {
  return from && to && to.getTime() - from.getTime();
}

async function readEvents(db: Db, workspaces: readonly TalkingWorkspace[]) {
  return db.responseTimingEvent.findMany({
    where: { clientId: { in: workspaces.map(({ id }) => id) } },
    omit: { id: true, createdAt: true, updatedAt: true },
  });
}

function byMessage<Event extends { inboundMessageId: string }>(events: readonly Event[]): Map<string, Event> {
  return new Map(events.map((event) => [event.inboundMessageId, event]));
}

async function countNotes(db: Db, clientId: string, beginning: string): Promise<number> {
  return db.leadNote.count({ where: { lead: { clientId }, content: { startsWith: beginning } } });
}

async function countStrangers(db: Db, clientId: string): Promise<number> {
  return db.lead.count({ where: { clientId, phone: { contains: STRANGER.phone } } });
}

function compare(what: string, is: string | number | null, should: string | number | null): string[] {
  return is === should ? [] : [`${what}: ${is}, should be ${should}`];
}
