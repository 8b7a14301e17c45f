import type { Db } from "@/lib/db/client";
import { addSampleLeads, type SampleLead } from "../environment/sample-leads";
import { isReachable, type SampleWorkspace } from "../environment/sample-workspaces";
import type { Sandbox } from "../sandbox/sandbox";
import { Actor } from "./actor";
import type { Expected } from "./expected";
import { PLOTS, type Plot, UNHEARD } from "./plots";
import { recordByWebhook } from "./webhook";

/** A lead, and what it is going to live through. */
export interface Part {
  readonly actor: Actor;
  readonly plot: Plot;
}

export interface Stage {
  readonly workspaces: SampleWorkspace[];
  readonly parts: Part[];
}

/** Fills the workspaces with leads, and deals out the plots. */
export async function setStage(sandbox: Sandbox, db: Db, workspaces: SampleWorkspace[]): Promise<Stage> {
  const leads = await addSampleLeads(db, workspaces);
  const parts = workspaces.flatMap((workspace) =>
    leads.filter((lead) => lead.workspace === workspace).map((lead, place) => deal(lead, place)),
  );
  for (const part of parts) await begin(part, sandbox, db);
  return { workspaces, parts };
}

/**
 * Lets everybody do what their plot says for this act. Returns how often each thing was done where it can be found out.
 */
export function playAct({ parts }: Stage, act: 0 | 1 | 2): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { actor, plot } of parts) {
    const before = actor.deeds.length;
    plot.acts[act](actor);
    if (!isReachable(actor.lead.workspace)) continue;
    for (const deed of actor.deeds.slice(before)) counts.set(deed, (counts.get(deed) ?? 0) + 1);
  }
  return counts;
}

/** What has to be on record once all is told. */
export function expectationOf({ actor: { lead }, plot }: Part, sandbox: Sandbox): Expected {
  const { person, workspace } = lead;
  const reachable = isReachable(workspace);
  return {
    leadId: lead.id,
    name: `${lead.name} of ${workspace.name}`,
    provider: person.provider,
    meetings: reachable ? sandbox.truthOf(person.identity) : [],
    ghlContactId: reachable && "ghlContactId" in person.identity ? person.identity.ghlContactId : null,
    chasing: lead.chasing,
    ending: plot.ending,
    statusBefore: plot.beginning === "not interested" ? "not-interested" : "new",
    tasks: { "meeting-canceled": plot.cancellations ?? 0, "meeting-rescheduled": plot.moves ?? 0 },
  };
}

function deal(lead: SampleLead, place: number): Part {
  const plot = isReachable(lead.workspace) ? PLOTS[place % PLOTS.length] : UNHEARD;
  if (!plot) throw new Error("there are no plots");
  return { actor: new Actor(lead), plot };
}

async function begin({ actor, plot }: Part, sandbox: Sandbox, db: Db): Promise<void> {
  switch (plot.beginning) {
    case undefined:
      return;
    case "not interested":
      await db.lead.update({ where: { id: actor.lead.id }, data: { status: "not-interested" } });
      return;
    case "meeting ahead on record":
      actor.books();
      break;
    case "meeting over on record":
      actor.hadMeeting();
      break;
  }
  for (const meeting of sandbox.truthOf(actor.lead.person.identity)) await recordByWebhook(db, actor.lead, meeting);
}
