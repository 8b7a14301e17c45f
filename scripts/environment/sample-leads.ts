import { randomUUID } from "node:crypto";
import { DAY_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import { type InventedPerson, inventPerson } from "./names";
import type { Person } from "./person";
import type { SampleWorkspace } from "./sample-workspaces";

export interface SampleLead {
  readonly id: string;
  readonly name: string;
  readonly workspace: SampleWorkspace;
  readonly person: Person;
  /** The open sequences that a booking is to end, as they were seeded. */
  readonly chasing: { sequenceId: string; status: "active" | "paused" }[];
}

/**
 * Fills the workspaces with leads who have written to us and are being followed up, and with the sequences that do so.
 * The providers know the same people; nobody has a meeting yet.
 */
export async function addSampleLeads(db: Db, workspaces: readonly SampleWorkspace[]): Promise<SampleLead[]> {
  const sequences = workspaces.map((workspace) => ({ workspace, ...sequencesOf(workspace) }));
  await db.followUpSequence.createMany({ data: sequences.flatMap(({ rows }) => rows) });
  await db.followUpStep.createMany({ data: sequences.flatMap(({ rows }) => rows.map(({ id }) => stepOf(id))) });
  let index = 0;
  const leads = sequences.flatMap(({ workspace, chaseId, newsId }) =>
    Array.from({ length: workspace.leadCount }, (_, place) => {
      const invented = inventPerson(index++);
      const person = workspace.enrol(invented);
      // Everybody is chased; every third also gets the newsletter, which waits because they replied.
      const chase = { sequenceId: chaseId, status: "active" as const };
      const news = { sequenceId: newsId, status: "paused" as const };
      const chasing = place % 3 === 0 ? [chase, news] : [chase];
      const lead: SampleLead = { id: randomUUID(), name: invented.name, workspace, person, chasing };
      return { lead, row: rowOf(lead, invented, place) };
    }),
  );
  await db.lead.createMany({ data: leads.map(({ row }) => row) });
  await db.followUpInstance.createMany({ data: leads.flatMap(({ lead }) => instancesOf(lead)) });
  return leads.map(({ lead }) => lead);
}

function sequencesOf({ id: clientId }: SampleWorkspace) {
  const [chaseId, newsId, reminderId] = [randomUUID(), randomUUID(), randomUUID()];
  const rows = [
    { id: chaseId, clientId, name: "No answer yet", triggerOn: "no_response" },
    { id: newsId, clientId, name: "Newsletter", triggerOn: null },
    { id: reminderId, clientId, name: "Before the meeting", triggerOn: "meeting_selected" },
  ];
  return { rows, chaseId, newsId };
}

function stepOf(sequenceId: string) {
  const messageTemplate = "Hello {{firstName}}, we look forward to hearing from you.";
  return { sequenceId, stepOrder: 1, dayOffset: 2, channel: "email", subject: "A word from us", messageTemplate };
}

/** Of every so many leads one has no contact id on record yet: it is found by e-mail. */
const UNLINKED_EVERY = 8;

function rowOf(lead: SampleLead, { firstName, lastName, email }: InventedPerson, place: number) {
  const { identity } = lead.person;
  const linked = place % UNLINKED_EVERY !== UNLINKED_EVERY - 1;
  return {
    ...{ id: lead.id, clientId: lead.workspace.id, firstName, lastName, email },
    ghlContactId: linked && "ghlContactId" in identity ? identity.ghlContactId : null,
    lastInboundAt: new Date(Date.now() - DAY_MS),
  };
}

function instancesOf({ id: leadId, chasing }: SampleLead) {
  const nextStepDue = new Date(Date.now() + DAY_MS);
  return chasing.map(({ sequenceId, status }) =>
    status === "active"
      ? { leadId, sequenceId, status, nextStepDue }
      : { leadId, sequenceId, status, pausedReason: "lead_replied" },
  );
}
