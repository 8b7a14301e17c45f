import { DAY_MS, MINUTE_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import { zoneAt } from "../../environment/calendar";
import { addFollowUpLeads, type FollowUpLead, type LeadOrder } from "../../environment/follow-up-leads";
import {
  addFollowUpWorkspaces,
  type FollowUpWorkspace,
  type FollowUpWorkspaceKind,
} from "../../environment/follow-up-workspaces";
import { chooseEvening } from "../../environment/open-hours";
import { isRecord } from "../../sandbox/answer";
import type { SandboxRequest } from "../../sandbox/request";
import type { Sandbox } from "../../sandbox/sandbox";
import type { Act } from "../chapter";
import { Actor } from "./actor";
import { EARLIER, type Plot } from "./plot";
import { PLOTS } from "./plots";
import { fillIn } from "./words";

/** A lead, and what it is going to live through. */
export interface Part {
  readonly actor: Actor;
  readonly plot: Plot;
}

export interface Stage {
  readonly workspaces: readonly FollowUpWorkspace[];
  readonly parts: readonly Part[];
  /** What all times of the plots are reckoned from. */
  readonly now: Date;
}

const WRITING_NOW: readonly FollowUpWorkspaceKind[] = ["highlevel", "kapso"];

/** Opens the workspaces, and puts one lead into each place that a plot names. */
export async function setStage(sandbox: Sandbox, db: Db): Promise<Stage> {
  const now = new Date();
  const workspaces = await addFollowUpWorkspaces(sandbox, db, now);
  const cast = PLOTS.flatMap((plot) =>
    (plot.in ?? WRITING_NOW).map((kind) => ({ plot, order: orderOf(plot, workspaces[kind], now) })),
  );
  const leads = await addFollowUpLeads(
    sandbox,
    db,
    cast.map(({ order }) => order),
  );
  const parts = leads.flatMap((lead, place) => {
    const plot = cast[place]?.plot;
    return plot ? [{ actor: new Actor(lead, sandbox, db), plot }] : [];
  });
  for (const part of parts) await begin(part, sandbox, db, now);
  return { workspaces: Object.values(workspaces), parts, now };
}

/** Lets everybody do what their plot says for this act. Returns how often each thing was done. */
export async function playAct({ parts }: Stage, act: Act): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const { actor, plot } of parts) {
    const before = actor.deeds.length;
    await plot.acts?.[act](actor);
    for (const deed of actor.deeds.slice(before)) counts.set(deed, (counts.get(deed) ?? 0) + 1);
  }
  return counts;
}

function orderOf(plot: Plot, workspace: FollowUpWorkspace, now: Date): LeadOrder {
  const zone = plot.before === "evening where it is" && { timezone: zoneAt(chooseEvening(now)) };
  return { ...plot, workspace, lead: { ...plot.lead, ...zone } };
}

async function begin({ actor: { lead }, plot }: Part, sandbox: Sandbox, db: Db, now: Date): Promise<void> {
  if (plot.before === "written to today") await writeEarlier(lead, sandbox, db, now);
  if (plot.before === "silent for a week") await haveWritten(lead, db, now);
  if (plot.lostAnswer === undefined) return;
  // Once: if the message were sent again, it would arrive again, and somebody would have it twice.
  sandbox.faults.add({ match: isTo(lead), fault: { kind: "lost_answer", as: plot.lostAnswer }, times: 1 });
}

/** Another sequence has sent something a moment ago: it has arrived, and is on record. */
async function writeEarlier(lead: FollowUpLead, sandbox: Sandbox, db: Db, now: Date): Promise<void> {
  const contact = sandbox.ghl.contact(lead.contactId);
  if (!contact) throw new Error(`HighLevel has no contact ${lead.contactId}`);
  const body = fillIn(EARLIER.messageTemplate, lead);
  const { id: externalId } = sandbox.ghl.outbox.deliver(contact, { type: "SMS", body, subject: null });
  const kind = { channel: "sms", direction: "outbound", sentBy: "system", kind: "sequence" };
  const sentAt = new Date(now.getTime() - MINUTE_MS);
  await db.message.create({ data: { leadId: lead.id, ...kind, body, externalId, sentAt } });
}

const REPLIED_AGO_MS = 9 * DAY_MS;
const ANSWERED_AGO_MS = 8 * DAY_MS;

/** The lead had replied, somebody answered by hand, and nothing more was said. */
async function haveWritten({ id: leadId }: FollowUpLead, db: Db, now: Date): Promise<void> {
  const ago = (ms: number) => ({ sentAt: new Date(now.getTime() - ms), createdAt: new Date(now.getTime() - ms) });
  const inbound = { leadId, channel: "sms", direction: "inbound", body: "What does it cost?" };
  const outbound = { leadId, channel: "sms", direction: "outbound", sentBy: "setter", body: "Less than you think" };
  await db.message.createMany({
    data: [
      { ...inbound, ...ago(REPLIED_AGO_MS) },
      { ...outbound, ...ago(ANSWERED_AGO_MS) },
    ],
  });
}

function isTo({ contactId, phone }: FollowUpLead): (request: SandboxRequest) => boolean {
  return ({ method, body }) =>
    method === "POST" && isRecord(body) && (body["contactId"] === contactId || `+${body["to"]}` === phone);
}
