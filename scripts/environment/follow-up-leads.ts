import { randomUUID } from "node:crypto";
import { DAY_MS, MINUTE_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import type { Sandbox } from "../sandbox/sandbox";
import type { FollowUpWorkspace } from "./follow-up-workspaces";
import { inventPerson } from "./names";
import { ghlPerson, type Person } from "./person";

/** One step of a sequence, due together with the one before it unless it says otherwise. */
export interface StepOrder {
  readonly channel: "email" | "sms" | "whatsapp" | "call";
  readonly subject?: string;
  readonly messageTemplate: string;
  readonly dayOffset?: number;
  readonly minuteOffset?: number;
  readonly condition?: object;
  readonly requiresApproval?: boolean;
}

/** A lead in a sequence. What is not said is as usual: known by name, reachable on every channel, and due. */
export interface LeadOrder {
  readonly workspace: FollowUpWorkspace;
  readonly steps: readonly StepOrder[];
  /** Where our record differs; what HighLevel knows of the contact stays. */
  readonly lead?: {
    readonly firstName?: null;
    readonly phone?: null;
    readonly status?: string;
    readonly autoFollowUpEnabled?: boolean;
    readonly enrichmentStatus?: string;
    readonly timezone?: string;
  };
  readonly instance?: { readonly status: "paused"; readonly pausedReason: string };
  /** When its next step is due, from now. */
  readonly dueInMs?: number;
  /** The contact at HighLevel has do-not-disturb switched on. */
  readonly wantsNoMessages?: boolean;
}

/** Who an order has become. */
export interface FollowUpLead {
  readonly id: string;
  readonly name: string;
  readonly firstName: string;
  readonly phone: string;
  readonly contactId: string;
  readonly instanceId: string;
  readonly workspace: FollowUpWorkspace;
  /** The same contact, where its meetings are booked. */
  readonly person: Person;
}

/** The first whose name is taken from here on: others are called after those before. */
const FIRST_PERSON = 1000;
/** How long ago the sequences began: long enough for a conversation that fell silent a week ago. */
const STARTED_AGO_MS = 10 * DAY_MS;

/** Puts leads into the sandbox and into the database, each in the middle of a sequence; the same steps are one sequence. */
export async function addFollowUpLeads(
  sandbox: Sandbox,
  db: Db,
  orders: readonly LeadOrder[],
): Promise<FollowUpLead[]> {
  const now = Date.now();
  const sequenceIds = await addSequences(db, orders);
  const seeded = orders.map((order, index) => {
    const lead = enrol(sandbox, order, index);
    const { id: leadId, instanceId: id, workspace } = lead;
    const nextStepDue = new Date(now + (order.dueInMs ?? -MINUTE_MS));
    const instance = { nextStepDue, startedAt: new Date(now - STARTED_AGO_MS), ...order.instance };
    const sequenceId = sequenceIds.get(workspace)?.get(order.steps) ?? "";
    return { lead, row: rowOf(lead, index, order), instance: { ...instance, id, leadId, sequenceId } };
  });
  await db.lead.createMany({ data: seeded.map(({ row }) => row) });
  await db.followUpInstance.createMany({ data: seeded.map(({ instance }) => instance) });
  return seeded.map(({ lead }) => lead);
}

async function addSequences(db: Db, orders: readonly LeadOrder[]) {
  const ids = new Map<FollowUpWorkspace, Map<readonly StepOrder[], string>>();
  for (const { workspace, steps } of orders) {
    const own = ids.get(workspace) ?? new Map<readonly StepOrder[], string>();
    ids.set(workspace, own.set(steps, own.get(steps) ?? randomUUID()));
  }
  const sequences = [...ids].flatMap(([{ id: clientId }, own]) =>
    [...own].map(([steps, id]) => ({ clientId, id, steps })),
  );
  await db.followUpSequence.createMany({
    data: sequences.map(({ clientId, id }) => ({ id, clientId, name: "Keep in touch", triggerOn: "no_response" })),
  });
  await db.followUpStep.createMany({
    data: sequences.flatMap(({ id: sequenceId, steps }) =>
      steps.map((step, index) => ({ ...step, sequenceId, stepOrder: index + 1 })),
    ),
  });
  return ids;
}

function enrol(sandbox: Sandbox, { workspace, wantsNoMessages = false }: LeadOrder, index: number): FollowUpLead {
  const { name, firstName, lastName, email } = inventPerson(FIRST_PERSON + index);
  const phone = phoneOf(index);
  const known = { email, phone, firstName, lastName, dnd: wantsNoMessages };
  const { id: contactId } = sandbox.ghl.addContact(workspace.locationId, known);
  const person = ghlPerson(sandbox.ghl, contactId);
  const ids = { id: randomUUID(), instanceId: randomUUID(), contactId };
  return { ...ids, name, firstName, phone, workspace, person };
}

function rowOf({ id, phone, contactId, workspace }: FollowUpLead, index: number, order: LeadOrder) {
  const { firstName, lastName, email } = inventPerson(FIRST_PERSON + index);
  const usual = { clientId: workspace.id, firstName, lastName, email, phone, ghlContactId: contactId };
  return { id, ...usual, ...order.lead };
}

/** A number that nobody has: the exchange 010 is given to nobody. */
function phoneOf(index: number): string {
  return `+1555010${String(FIRST_PERSON + index).padStart(4, "0")}`;
}
