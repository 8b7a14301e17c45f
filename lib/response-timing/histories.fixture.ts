import fc from "fast-check";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "@/lib/core/time";
import type { DraftRow, JobRow, MessageRow, ThreadKey } from "./records";

/** What random histories of conversations are made of: rows as they are written, and what happens to them later. */

export type HistoryMessage = MessageRow & ThreadKey & { body?: string };
export type HistoryDraft = DraftRow & ThreadKey & { status?: string };
export type HistoryJob = JobRow & { clientId: string; leadId: string; status?: string };
export interface HistoryLead {
  id: string;
  clientId: string;
  campaignId: string | null;
}
export interface HistoryCampaign {
  id: string;
  clientId: string;
  name: string;
  autoSendDelayMinSeconds: number;
  autoSendDelayMaxSeconds: number;
}

type MessageEdit = Partial<HistoryMessage>;
type DraftEdit = Partial<Pick<HistoryDraft, "triggerMessageId" | "status">>;
type JobEdit = Partial<Omit<HistoryJob, "id" | "clientId" | "leadId">>;
type CampaignEdit = Partial<Pick<HistoryCampaign, "autoSendDelayMinSeconds" | "autoSendDelayMaxSeconds">>;

/** Something that happens after a history was written. */
export type Change =
  | { kind: "message_added"; row: HistoryMessage }
  | { kind: "message_edited"; id: string; edit: MessageEdit }
  | { kind: "message_deleted"; id: string }
  /** All messages of one lead become another's. */
  | { kind: "leads_merged"; fromId: string; intoId: string }
  | { kind: "draft_added"; row: HistoryDraft }
  | { kind: "draft_edited"; id: string; edit: DraftEdit }
  | { kind: "draft_deleted"; id: string }
  | { kind: "job_added"; row: HistoryJob }
  | { kind: "job_edited"; id: string; edit: JobEdit }
  | { kind: "job_deleted"; id: string }
  // The last two change no thread: what they say is looked at when something else does.
  | { kind: "campaign_given"; leadId: string; campaignId: string | null }
  | { kind: "campaign_edited"; id: string; edit: CampaignEdit };

/** One workspace's conversations, and what happens to them afterwards, in this order. */
export interface History {
  clientId: string;
  campaigns: HistoryCampaign[];
  leads: HistoryLead[];
  messages: HistoryMessage[];
  drafts: HistoryDraft[];
  jobs: HistoryJob[];
  changes: Change[];
}

/** Whether a change is one after which threads have to be looked at again. */
export function changesThreads({ kind }: Change): boolean {
  return kind !== "campaign_given" && kind !== "campaign_edited";
}

/** When every history begins. */
export const HISTORY_START = new Date("2030-03-04T09:00:00Z");

// A small world, so that things meet often: three leads on two channels, and times and ids that tie.
const LEADS = ["lead-a", "lead-b", "lead-c"];
const CAMPAIGNS = ["campaign-a", "campaign-b"];
const LEAD_CHOICE = fc.constantFrom(...repeat(6, "lead-a"), "lead-b", "lead-b", "lead-c");
const CHANNEL = fc.constantFrom(...repeat(4, "sms"), "email");

/**
 * Beginnings of ids that byte order, UTF-16 order and the order of people's languages sort differently. The last two
 * are a character beyond the basic plane and one near the plane's end.
 */
const ID_BEGINNING = fc.constantFrom("m", "M", "n", "_", "Ä", "\u{1f600}", "\uff5e");

/** From one message to the next: often no time at all, now and then more than a 32-bit count of milliseconds. */
const ADVANCE_MS = fc.constantFrom(0, 0, 1, 999, 1000, 40 * SECOND_MS, 3 * MINUTE_MS, 7 * MINUTE_MS, 31 * DAY_MS);

/** How much later than it was sent a message was written down; much less than nothing is a clock that is wrong. */
const HEARD_AFTER_MS = fc.constantFrom(
  ...repeat(6, 0, SECOND_MS),
  ...[1, 2 * DAY_MS],
  ...[-SECOND_MS, -5 * MINUTE_MS, -5 * MINUTE_MS - 1, -2 * DAY_MS],
);

const KIND = fc.constantFrom(null, "reply", "sequence", "campaign", "system", "auto_reply", "reaction");
const DELIVERY_STATUS = fc.constantFrom(null, "sent", "delivered", "failed", "bounced", "Failed");
const SENT_BY = fc.constantFrom(null, "ai", "setter", "system");
const USER = fc.constantFrom(null, "user-1", "user-2");
const JOB_TYPE = fc.constantFrom("AI_AUTO_SEND_DELAYED", "AI_AUTO_SEND_DELAYED", "AI_DRAFT");
const JOB_STATUS = fc.constantFrom("PENDING", "DONE", "FAILED", "CANCELED");
const BOUND_SECONDS = fc.constantFrom(0, 7, 180, 300, 420);

/** Stands for one of the rows that there are by then, whatever their number. */
const PICK = fc.nat({ max: 1000 });
const JOB_TIMES = {
  runAt: fc.nat({ max: 600 }).map(secondsIn),
  startedAt: fc.option(fc.nat({ max: 900 }).map(secondsIn)),
  finishedAt: fc.option(fc.nat({ max: 900 }).map(secondsIn)),
  // Few values, so that jobs tie and their ids decide.
  createdAt: fc.constantFrom(0, 0, 1, 60).map(secondsIn),
};

const PLACE = { leadId: LEAD_CHOICE, channel: CHANNEL, begin: ID_BEGINNING, advanceMs: ADVANCE_MS };
const WRITING = { ...PLACE, heardAfterMs: HEARD_AFTER_MS };

/** A message as conversations mostly have them: somebody writes, a person or the AI answers. */
const USUAL_MESSAGE = fc.record({
  ...WRITING,
  role: fc.constantFrom(...repeat(4, "lead"), ...repeat(2, "setter"), ...repeat(3, "ai")),
  userId: USER,
  /** How many inbound messages back the AI's draft was triggered; beyond the first it was triggered by nothing here. */
  triggeredBack: fc.constantFrom(0, 0, 0, 1, 1, 2, 5),
  /** An AI message may send a draft that others sent or were to send. */
  sharesDraft: weighted(1, 5),
  jobs: fc.array(fc.record({ ...JOB_TIMES, type: JOB_TYPE, status: JOB_STATUS, begin: ID_BEGINNING }), {
    maxLength: 3,
  }),
});

/** A message with any combination of fields that the table takes. */
const ODD_FIELDS = fc.record({
  direction: fc.constantFrom("inbound", "outbound"),
  sentBy: SENT_BY,
  sentByUserId: USER,
  kind: KIND,
  deliveryStatus: DELIVERY_STATUS,
  deletedAt: fc.constantFrom(null, null, null, secondsIn(5)),
});

const STEP = fc.record({ usual: USUAL_MESSAGE, odd: ODD_FIELDS, isOdd: weighted(1, 4) });
type Step = typeof STEP extends fc.Arbitrary<infer Value> ? Value : never;

/** One column at a time, so that each of them matters on its own. */
const MESSAGE_EDIT: fc.Arbitrary<MessageEdit> = fc.oneof(
  fc.record({ direction: fc.constantFrom("inbound", "outbound") }),
  fc.record({ sentBy: SENT_BY }),
  fc.record({ sentByUserId: USER }),
  fc.record({ kind: KIND }),
  fc.record({ deliveryStatus: DELIVERY_STATUS }),
  fc.record({ deletedAt: fc.constantFrom(secondsIn(5), null) }),
  fc.record({ sentAt: fc.nat({ max: 1800 }).map(secondsIn) }),
  fc.record({ createdAt: fc.nat({ max: 1800 }).map(secondsIn) }),
  fc.record({ leadId: LEAD_CHOICE }),
  fc.record({ channel: CHANNEL }),
  fc.record({ body: fc.constantFrom("Hello.", "Goodbye.") }),
);
const JOB_EDIT: fc.Arbitrary<JobEdit> = fc.oneof(
  fc.record({ type: JOB_TYPE }),
  fc.record({ status: JOB_STATUS }),
  ...Object.entries(JOB_TIMES).map(([name, time]) => time.map((value) => ({ [name]: value }))),
);

const CHANGE_KINDS: Change["kind"][] = [
  ...repeat<Change["kind"]>(4, "message_added", "message_edited"),
  ...repeat<Change["kind"]>(2, "message_deleted", "draft_added", "draft_edited", "job_added", "job_edited"),
  ...repeat<Change["kind"]>(1, "draft_deleted", "job_deleted", "leads_merged", "campaign_given", "campaign_edited"),
];

/** A change of rows that are picked from those that there are: `what`, `other` and `third` say which. */
const CHANGE_SEED = fc.record({
  kind: fc.constantFrom(...CHANGE_KINDS),
  ...{ what: PICK, other: PICK, third: PICK, advance: fc.nat({ max: 1800 }) },
  step: STEP,
  messageEdit: MESSAGE_EDIT,
  movesDraft: weighted(2, 1),
  jobEdit: fc.oneof(JOB_EDIT, JOB_EDIT, fc.constantFrom("draft" as const, "message" as const)),
  bounds: fc.record({ autoSendDelayMinSeconds: BOUND_SECONDS, autoSendDelayMaxSeconds: BOUND_SECONDS }),
});
type ChangeSeed = typeof CHANGE_SEED extends fc.Arbitrary<infer Value> ? Value : never;

/** A random workspace with up to `messagesMax` messages, and up to `changesMax` things that happen afterwards. */
export function historyArbitrary({ messagesMax = 14, changesMax = 8 } = {}): fc.Arbitrary<History> {
  return fc
    .record({
      campaignOf: fc.tuple(...LEADS.map(() => fc.constantFrom(null, ...CAMPAIGNS))),
      bounds: fc.tuple(...CAMPAIGNS.map(() => fc.tuple(BOUND_SECONDS, BOUND_SECONDS))),
      steps: fc.array(STEP, { minLength: 1, maxLength: messagesMax, size: "max" }),
      changes: fc.array(CHANGE_SEED, { maxLength: changesMax, size: "max" }),
    })
    .map(({ campaignOf, bounds, steps, changes }) => {
      const history = openHistory(campaignOf, bounds);
      for (const step of steps) addStep(history, step);
      const known = new Known(history);
      history.changes = changes.map((seed) => known.change(seed));
      return history;
    });
}

function openHistory(campaignOf: readonly (string | null)[], bounds: readonly [number, number][]): History {
  const clientId = "client";
  const campaigns = bounds.map(([autoSendDelayMinSeconds, autoSendDelayMaxSeconds], index) => {
    return { id: CAMPAIGNS[index] ?? "", clientId, name: "Spring", autoSendDelayMinSeconds, autoSendDelayMaxSeconds };
  });
  const leads = LEADS.map((id, index) => ({ id, clientId, campaignId: campaignOf[index] ?? null }));
  return { clientId, campaigns, leads, messages: [], drafts: [], jobs: [], changes: [] };
}

/** Writes a message after all others, with the draft and the jobs that it came from. */
function addStep(history: History, step: Step): void {
  const { usual } = step;
  const number = history.messages.length;
  const previous = history.messages.at(-1)?.sentAt ?? HISTORY_START;
  const message = messageOf(step, `${usual.begin}${number}`, new Date(previous.getTime() + usual.advanceMs));
  history.messages.push(message);
  if (usual.role !== "ai") return;
  const shared = usual.sharesDraft ? history.drafts.at(-1) : undefined;
  const inbound = history.messages.filter((one) => isOf(message, one) && one.direction === "inbound");
  const trigger = inbound.at(-1 - usual.triggeredBack)?.id ?? "message-gone";
  const draft = shared ?? {
    id: `draft-${number}`,
    leadId: usual.leadId,
    channel: usual.channel,
    triggerMessageId: trigger,
  };
  if (!shared) history.drafts.push(draft);
  message.aiDraftId = draft.id;
  for (const [index, { begin, ...job }] of usual.jobs.entries()) {
    const messageId = draft.triggerMessageId ?? trigger;
    history.jobs.push({ ...job, id: `${begin}job-${number}-${index}`, draftId: draft.id, messageId, ...OWNER });
  }
}

/** Jobs say whose they are, and nobody looks at it. */
const OWNER = { clientId: "client", leadId: "lead-c" };

function messageOf({ usual, odd, isOdd }: Step, id: string, sentAt: Date): HistoryMessage {
  const { leadId, channel, role, userId, heardAfterMs } = usual;
  const isLead = role === "lead";
  const message: HistoryMessage = {
    ...{ aiDraftId: null, deliveryStatus: null, deletedAt: null },
    ...{ id, leadId, channel, sentAt, createdAt: new Date(sentAt.getTime() + heardAfterMs), kind: "reply" },
    direction: isLead ? "inbound" : "outbound",
    sentBy: isLead ? null : role,
    sentByUserId: role === "setter" ? (userId ?? "user-1") : null,
  };
  return isOdd ? { ...message, ...odd } : message;
}

function isOf(a: { leadId: string; channel: string }, b: { leadId: string; channel: string }): boolean {
  return a.leadId === b.leadId && a.channel === b.channel;
}

/** The rows that changes can be about, those included that earlier changes added. */
class Known {
  private readonly messages: HistoryMessage[];
  private readonly drafts: HistoryDraft[];
  private readonly jobs: HistoryJob[];

  constructor(history: History) {
    this.messages = [...history.messages];
    this.drafts = [...history.drafts];
    this.jobs = [...history.jobs];
  }

  change(seed: ChangeSeed): Change {
    const { kind, what, other, bounds } = seed;
    switch (kind) {
      case "message_added":
        return { kind, row: this.addMessage(seed) };
      case "message_edited":
        return { kind, id: this.message(what), edit: seed.messageEdit };
      case "message_deleted":
        return { kind, id: this.message(what) };
      case "leads_merged":
        return { kind, fromId: pick(LEADS, what), intoId: pick(LEADS, what + 1 + (other % 2)) };
      case "draft_added":
        return { kind, row: this.addDraft(seed) };
      case "draft_edited":
        return { kind, id: this.draft(what), edit: this.draftEdit(seed) };
      case "draft_deleted":
        return { kind, id: this.draft(what) };
      case "job_added":
        return { kind, row: this.addJob(seed) };
      case "job_edited":
        return { kind, id: pick(this.jobs.map(({ id }) => id).concat("job-gone"), what), edit: this.jobEdit(seed) };
      case "job_deleted":
        return { kind, id: pick(this.jobs.map(({ id }) => id).concat("job-gone"), what) };
      case "campaign_given":
        return { kind, leadId: pick(LEADS, what), campaignId: pick([null, ...CAMPAIGNS], other) };
      case "campaign_edited":
        return { kind, id: pick(CAMPAIGNS, what), edit: bounds };
    }
  }

  /** A message that comes late: sent some time in the past, mostly from a draft that is there. */
  private addMessage({ step, what, advance }: ChangeSeed): HistoryMessage {
    const row = messageOf(step, `${step.usual.begin}${this.messages.length}`, secondsIn(advance));
    if (step.usual.role === "ai") row.aiDraftId = this.draft(what);
    this.messages.push(row);
    return row;
  }

  private addDraft({ what }: ChangeSeed): HistoryDraft {
    const id = `draft-late-${this.drafts.length}`;
    const row = { id, leadId: "lead-c", channel: "email", triggerMessageId: this.message(what) };
    this.drafts.push(row);
    return row;
  }

  private draftEdit({ movesDraft, other }: ChangeSeed): DraftEdit {
    return movesDraft ? { triggerMessageId: pick([...this.messageIds(), null], other) } : { status: "sent" };
  }

  private addJob({ what, third, step, advance }: ChangeSeed): HistoryJob {
    const draft = pick(this.drafts.concat(NO_DRAFT), what);
    const messageId = third % 4 === 0 ? this.message(third) : (draft.triggerMessageId ?? "message-gone");
    const created = { runAt: secondsIn(advance), startedAt: null, finishedAt: null, createdAt: secondsIn(advance % 3) };
    const id = `${step.usual.begin}job-late-${this.jobs.length}`;
    const row = { id, type: "AI_AUTO_SEND_DELAYED", draftId: draft.id, messageId, ...created, ...OWNER };
    this.jobs.push(row);
    return row;
  }

  private jobEdit({ jobEdit, other }: ChangeSeed): JobEdit {
    if (jobEdit === "draft") return { draftId: pick([this.draft(other), null], other) };
    if (jobEdit === "message") return { messageId: this.message(other) };
    return jobEdit;
  }

  private messageIds(): string[] {
    return this.messages.map(({ id }) => id);
  }

  private message(what: number): string {
    return pick(this.messageIds(), what);
  }

  private draft(what: number): string {
    return pick(this.drafts.concat(NO_DRAFT), what).id;
  }
}

const NO_DRAFT: HistoryDraft = { id: "draft-gone", leadId: "lead-c", channel: "sms", triggerMessageId: null };

function pick<Item>(items: readonly Item[], what: number): Item {
  const item = items[what % items.length];
  if (item === undefined) throw new Error("there is nothing to pick from");
  return item;
}

function secondsIn(seconds: number): Date {
  return new Date(HISTORY_START.getTime() + seconds * SECOND_MS);
}

function repeat<Item>(times: number, ...items: Item[]): Item[] {
  return Array.from({ length: times }, () => items).flat();
}

function weighted(yes: number, no: number): fc.Arbitrary<boolean> {
  return fc.oneof({ weight: yes, arbitrary: fc.constant(true) }, { weight: no, arbitrary: fc.constant(false) });
}
