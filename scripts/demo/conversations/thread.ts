import { randomUUID } from "node:crypto";
import { computeChosenDelaySeconds } from "@/lib/background-jobs/delayed-auto-send";
import { MINUTE_MS, SECOND_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import type { Prisma } from "@/prisma/generated/client";
import type { TalkingLead } from "../../environment/sample-conversations";

/** What differs from a usual message, and from one of which is heard at once. */
interface Unusual {
  kind?: string;
  deliveryStatus?: string;
  /** When it is heard of, in minutes after it was sent. Negative: the sender's clock is ahead. */
  heardAfterMinutes?: number;
}

/** Between how many seconds the campaign's drafts wait. */
export interface Bounds {
  minSeconds: number;
  maxSeconds: number;
}

/** How an answer of the AI came about, as it really was: what the record has to say of it. */
export interface AiAnswer {
  readonly messageId: string;
  readonly bounds: Bounds;
  /** Null where nothing tells of the job. */
  readonly parts: { chosenMs: number; queueMs: number; sendMs: number } | null;
}

/** How long the AI thinks, the job waits for its turn after it is due, and the sending takes. */
const PARTS = { draftingMs: 4 * SECOND_MS, queueMs: 6 * SECOND_MS, sendMs: 3 * SECOND_MS };

/** A thread while it is told: rows for the database, in minutes after its beginning. */
export class Thread {
  readonly answers: AiAnswer[] = [];
  private messages: Prisma.MessageCreateManyInput[] = [];
  private drafts: Prisma.AIDraftCreateManyInput[] = [];
  private readonly takenBack: string[] = [];
  private jobs: Prisma.BackgroundJobCreateManyInput[] = [];

  constructor(
    readonly lead: TalkingLead,
    readonly channel: string,
    private readonly begunAt: Date,
    /** What the campaign says now: it may be changed between acts. */
    public bounds: Bounds,
  ) {}

  leadWrites(minutes: number, unusual: Unusual = {}): string {
    return this.write({ direction: "inbound" }, this.at(minutes), unusual);
  }

  setterAnswers(minutes: number, unusual: Unusual = {}): string {
    const from = { direction: "outbound", sentBy: "setter", sentByUserId: "user-1" };
    return this.write(from, this.at(minutes), unusual);
  }

  /** Something of ours goes out, and nobody is named. */
  somethingGoesOut(minutes: number, unusual: Unusual = {}): string {
    return this.write({ direction: "outbound" }, this.at(minutes), unusual);
  }

  /** The AI drafts an answer to a message of that minute, waits as the campaign says, and sends it. */
  aiAnswers(trigger: string, minutes: number, { jobs = 1 }: { jobs?: 0 | 1 | 2 } = {}): void {
    const { minSeconds, maxSeconds } = this.bounds;
    const chosenMs = computeChosenDelaySeconds(trigger, minSeconds, maxSeconds) * SECOND_MS;
    const draftId = randomUUID();
    const setAt = new Date(this.at(minutes).getTime() + PARTS.draftingMs);
    const runAt = new Date(setAt.getTime() + chosenMs);
    const startedAt = new Date(runAt.getTime() + PARTS.queueMs);
    const sentAt = new Date(startedAt.getTime() + PARTS.sendMs);
    const { id: leadId, clientId } = this.lead;
    this.drafts.push({ id: draftId, leadId, channel: this.channel, triggerMessageId: trigger, createdAt: setAt });
    const about = { type: "AI_AUTO_SEND_DELAYED", clientId, leadId, messageId: trigger, draftId };
    // An older job for the same draft was given up: it says nothing of when the draft was sent.
    if (jobs === 2) this.jobs.push({ ...about, status: "CANCELLED", runAt: setAt, createdAt: this.at(minutes) });
    if (jobs > 0) this.jobs.push({ ...about, status: "DONE", runAt, startedAt, finishedAt: sentAt, createdAt: setAt });
    const messageId = this.write({ direction: "outbound", sentBy: "ai", aiDraftId: draftId }, sentAt, {});
    this.answers.push({
      messageId,
      bounds: this.bounds,
      parts: jobs > 0 ? { queueMs: PARTS.queueMs, sendMs: PARTS.sendMs, chosenMs } : null,
    });
  }

  /** The message is deleted where it was written. */
  takeBack(messageId: string): void {
    this.takenBack.push(messageId);
  }

  /** Puts on record what was told since the last time. */
  async flush(db: Db): Promise<void> {
    const { messages, drafts, jobs } = this;
    this.messages = [];
    this.drafts = [];
    this.jobs = [];
    await db.message.createMany({ data: messages });
    await db.aIDraft.createMany({ data: drafts });
    await db.backgroundJob.createMany({ data: jobs });
    const id = { in: this.takenBack.splice(0) };
    await db.message.updateMany({ where: { id }, data: { deletedAt: new Date() } });
  }

  private at(minutes: number): Date {
    return new Date(this.begunAt.getTime() + minutes * MINUTE_MS);
  }

  private write(
    from: { direction: string; sentBy?: string; sentByUserId?: string; aiDraftId?: string },
    sentAt: Date,
    { heardAfterMinutes = 0, ...unusual }: Unusual,
  ): string {
    const id = randomUUID();
    const createdAt = new Date(sentAt.getTime() + heardAfterMinutes * MINUTE_MS);
    this.messages.push({
      ...{ id, leadId: this.lead.id, channel: this.channel, kind: "reply", deliveryStatus: "delivered" },
      ...from,
      ...{ sentAt, createdAt },
      ...unusual,
    });
    return id;
  }
}
