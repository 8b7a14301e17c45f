import { DAY_MS, HOUR_MS, MINUTE_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import { fallDue, recordReply, snoozeUntil } from "../../environment/follow-up-deeds";
import type { FollowUpLead } from "../../environment/follow-up-leads";
import type { Sandbox } from "../../sandbox/sandbox";

/** What happened to somebody between two ticks, in the words in which it is reported. */
export type Deed =
  | "booked"
  | "marked as booked"
  | "replied"
  | "wrote unheard"
  | "snoozed"
  | "woke up"
  | "enriched"
  | "not found"
  | "approved"
  | "declined"
  | "fell due";

/** A lead in a sequence, and what it and the people at its workspace do. */
export class Actor {
  readonly deeds: Deed[] = [];
  /** When the lead got its meeting; from then on nobody may write to it. */
  bookedAt: Date | null = null;

  constructor(
    readonly lead: FollowUpLead,
    private readonly sandbox: Sandbox,
    private readonly db: Db,
  ) {}

  /** Books a meeting at the provider, and no webhook tells of it. */
  async books(): Promise<void> {
    this.lead.person.book(new Date(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS + DAY_MS));
    this.bookedAt = new Date();
    this.deeds.push("booked");
  }

  /** Another program says that there is a meeting, and leaves the sequence as it is. */
  async isMarkedAsBooked(): Promise<void> {
    await this.db.lead.update({ where: { id: this.lead.id }, data: { status: "meeting-booked" } });
    this.bookedAt = new Date();
    this.deeds.push("marked as booked");
  }

  async replies(): Promise<void> {
    await recordReply(this.db, this.lead);
    this.deeds.push("replied");
  }

  /** Writes over WhatsApp, and the webhook is lost. */
  async writesUnheard(): Promise<void> {
    const { workspace, phone } = this.lead;
    this.sandbox.kapso.receive(workspace.kapsoNumberId ?? "", { phone }, { body: "Please write to me next year" });
    this.deeds.push("wrote unheard");
  }

  async snoozes(): Promise<void> {
    await snoozeUntil(this.db, this.lead, new Date(Date.now() + HOUR_MS));
    this.deeds.push("snoozed");
  }

  async wakesUp(): Promise<void> {
    await snoozeUntil(this.db, this.lead, new Date());
    this.deeds.push("woke up");
  }

  /** Whoever looks for the lead's number has found it. */
  async isEnriched(): Promise<void> {
    const data = { phone: this.lead.phone, enrichmentStatus: "done" };
    await this.db.lead.update({ where: { id: this.lead.id }, data });
    this.deeds.push("enriched");
  }

  async isNotFound(): Promise<void> {
    await this.db.lead.update({ where: { id: this.lead.id }, data: { enrichmentStatus: "failed" } });
    this.deeds.push("not found");
  }

  /** Somebody has written to the lead, as the task asked. */
  async isApproved(): Promise<void> {
    await this.endTask("completed");
    this.deeds.push("approved");
  }

  async isDeclined(): Promise<void> {
    await this.endTask("skipped");
    this.deeds.push("declined");
  }

  async fallsDue(): Promise<void> {
    await fallDue(this.db, this.lead);
    this.deeds.push("fell due");
  }

  private async endTask(status: "completed" | "skipped"): Promise<void> {
    await this.db.followUpTask.updateMany({ where: { leadId: this.lead.id, status: "pending" }, data: { status } });
  }
}
