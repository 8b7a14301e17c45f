import { HOUR_MS, MINUTE_MS, SECOND_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import { carryWebhooks, type Said } from "../../environment/correspondence";
import type { TalkingLead, TalkingWorkspace } from "../../environment/sample-conversations";
import type { KapsoMessage, KapsoMessageType } from "../../sandbox/kapso-model";
import type { WebhookLuck } from "../../sandbox/kapso-webhooks";
import { createRandom, pickOne, type Random } from "../../sandbox/random";
import type { Sandbox } from "../../sandbox/sandbox";
import type { Act } from "../chapter";

/** What a lead does on WhatsApp. */
type Plot =
  /** Writes and is answered in every act. */
  | { kind: "talks"; endsConversation: boolean }
  /** Nothing happens for hours before the demo, and then something in this act, or nothing. */
  | { kind: "quiet"; hours: number; archived: boolean; writesIn: Act | null }
  /** Is spoken with on other channels. */
  | { kind: "elsewhere" };

/** A lead on WhatsApp, and how often it has to be flagged as quiet. */
export interface Talker {
  readonly workspace: TalkingWorkspace;
  readonly lead: TalkingLead;
  readonly plot: Plot;
  readonly flags: number;
}

const TALKERS = 10;
const QUIET: readonly { plot: Plot; flags: number }[] = [
  { plot: { kind: "quiet", hours: 5, archived: false, writesIn: null }, flags: 1 },
  { plot: { kind: "quiet", hours: 30, archived: false, writesIn: null }, flags: 1 },
  { plot: { kind: "quiet", hours: 400, archived: true, writesIn: null }, flags: 0 },
  // Quiet on record alone: they have written, and the webhook was lost.
  { plot: { kind: "quiet", hours: 5, archived: false, writesIn: 0 }, flags: 0 },
  { plot: { kind: "quiet", hours: 7, archived: false, writesIn: 2 }, flags: 1 },
];

/** Of a conversation in which so many talk, some close theirs: what they say next begins another. */
const ENDS_EVERY = 5;

/** Deals out who talks, who is quiet, and who is spoken with elsewhere. The last leads are the quiet ones. */
export function castTalkers(workspaces: readonly TalkingWorkspace[]): Talker[] {
  return workspaces.flatMap((workspace) =>
    workspace.leads.map((lead, place) => {
      const quiet = QUIET[place - (workspace.leads.length - QUIET.length)];
      if (quiet) return { workspace, lead, ...quiet };
      const endsConversation = place % ENDS_EVERY === 0;
      const plot: Plot = place < TALKERS ? { kind: "talks", endsConversation } : { kind: "elsewhere" };
      return { workspace, lead, plot, flags: 0 };
    }),
  );
}

/** Lets time pass for those who are to have been quiet for hours. */
export async function quieten(db: Db, talkers: readonly Talker[]): Promise<void> {
  for (const { lead, plot } of talkers) {
    if (plot.kind !== "quiet") continue;
    const lastActivityAt = new Date(Date.now() - plot.hours * HOUR_MS);
    const data = plot.archived ? { lastActivityAt, status: "archived" } : { lastActivityAt };
    await db.lead.update({ where: { id: lead.id }, data });
  }
}

/** A tenth of all webhooks never comes, and of the others not every one comes once and in its turn. */
const USUAL_LUCK: WebhookLuck = { dropped: 0.1, duplicated: 0.1, reordered: 0.3 };
const ALL_LOST: WebhookLuck = { dropped: 1 };

/** Somebody who writes to the business by mistake: the number is nobody's on record. */
export const STRANGER = { phone: "15550109999" };

/** How long before the tick an act's first messages were sent at most. The first is about the hours before. */
const SPREAD_MS: Record<Act, number> = { 0: 3 * HOUR_MS, 1: 4 * MINUTE_MS, 2: 4 * MINUTE_MS };

/** The people on WhatsApp, and the record of all that they said. */
export class Correspondence {
  readonly said: Said[] = [];
  private readonly random: Random = createRandom(11);

  constructor(
    readonly talkers: readonly Talker[],
    private readonly sandbox: Sandbox,
    private readonly db: Db,
  ) {}

  /** Lets everybody say what they say in this act, and carries the webhooks. Returns what was said. */
  async play(act: Act): Promise<Said[]> {
    const before = this.said.length;
    for (const { workspace, lead, plot } of this.talkers) {
      const messages = this.speak(workspace, lead, plot, act);
      const luck = plot.kind === "quiet" ? ALL_LOST : USUAL_LUCK;
      const about = { workspace, lead, round: act };
      this.said.push(...(await carryWebhooks(this.db, about, messages, { luck, random: this.random })));
    }
    for (const workspace of new Set(this.talkers.map((talker) => talker.workspace))) {
      const message = this.sandbox.kapso.receive(workspace.number.id, STRANGER, { body: "Is this the bakery?" });
      this.said.push({ workspace, lead: null, message, round: act, lost: true });
    }
    return this.said.slice(before);
  }

  private speak(workspace: TalkingWorkspace, lead: TalkingLead, plot: Plot, act: Act): KapsoMessage[] {
    switch (plot.kind) {
      case "talks": {
        const messages = this.converse(workspace, lead, act);
        const last = messages.at(-1);
        if (plot.endsConversation && act === 0 && last) this.sandbox.kapso.end(last.conversation.id);
        return messages;
      }
      case "quiet":
        if (plot.writesIn !== act) return [];
        return [this.sandbox.kapso.receive(workspace.number.id, lead.person, { body: "I am back, sorry" })];
      case "elsewhere":
        return [];
    }
  }

  /** A few messages to and fro, the last of them just now. */
  private converse({ number }: TalkingWorkspace, { person }: TalkingLead, act: Act): KapsoMessage[] {
    const { kapso } = this.sandbox;
    const count = act === 0 ? 5 : 1 + Math.floor(this.random() * 3);
    const startMs = Date.now() - SPREAD_MS[act] * this.random();
    const stepMs = (Date.now() - SECOND_MS - startMs) / count;
    return Array.from({ length: count }, (_, place) => {
      const at = new Date(startMs + (place + 1) * stepMs);
      const isTheirs = this.random() < THEIR_SHARE;
      const writing = { at, body: pickOne(this.random, WORDS), type: this.pickType() };
      return isTheirs ? kapso.receive(number.id, person, writing) : kapso.send(number.id, person, writing);
    });
  }

  private pickType(): KapsoMessageType {
    return pickOne(this.random, ["text", "text", "text", "text", "image", "reaction"]);
  }
}

const THEIR_SHARE = 0.6;
const WORDS = ["Yes", "No", "When would suit you?", "On Thursday; I'll write. ¿Vale? 👍🏽"] as const;
