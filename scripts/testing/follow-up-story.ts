import { type Clock, MINUTE_MS, startDeadline } from "@/lib/core/time";
import type { FollowUpDeps } from "@/lib/followups/deps";
import { type FollowUpParams, runFollowUps } from "@/lib/followups/runner";
import type { DueTally } from "@/lib/followups/tally";
import { addGhlLead, addGhlWorkspace, type LeadFields, type Scene, type TestWorkspace } from "./scene";

/** What stories about follow-ups are told with: workspaces that send around the clock, leads, sequences and what is due. */

/** A clock that shows `start` now, and goes on from there. */
export function clockFrom(start: Date): Clock {
  const startedMs = performance.now();
  return { now: () => new Date(start.getTime() + Math.round(performance.now() - startedMs)) };
}

/** The stories begin on a Wednesday at noon: nothing waits for a Monday, and no day ends in the middle of one. */
export const wednesdayClock = clockFrom(new Date("2026-11-18T12:00:00Z"));

/** So many minutes before the stories' now; after it, if negative. */
export function minutesAgo(minutes: number): Date {
  return new Date(wednesdayClock.now().getTime() - minutes * MINUTE_MS);
}

export function daysAgo(days: number): Date {
  return minutesAgo(days * 24 * 60);
}

/** A workspace that sends through HighLevel at any hour of a weekday. */
export async function addOpenWorkspace(
  scene: Scene,
  fields: Partial<Parameters<Scene["runtime"]["db"]["client"]["update"]>[0]["data"]> = {},
): Promise<TestWorkspace> {
  const workspace = await addGhlWorkspace(scene);
  const hours = { timezone: "UTC", workStartTime: "00:00", workEndTime: "00:00" };
  await scene.runtime.db.client.update({ where: { id: workspace.id }, data: { ...hours, ...fields } });
  return workspace;
}

let people = 0;

/** A lead that HighLevel can reach on every channel, and that has not written for a long time. */
export async function addReachableLead(scene: Scene, workspace: TestWorkspace, fields: Partial<LeadFields> = {}) {
  const email = `lead${++people}@example.com`;
  const phone = `+1555010${String(people).padStart(4, "0")}`;
  const contact = scene.sandbox.ghl.addContact(workspace.account, { email, phone });
  const reach = { email, phone, ghlContactId: contact.id, firstName: "Ada" };
  return addGhlLead(scene, workspace, { ...reach, lastInboundAt: daysAgo(60), ...fields });
}

export interface StepFields {
  channel?: "email" | "sms" | "whatsapp" | "call" | "linkedin";
  dayOffset?: number;
  minuteOffset?: number;
  subject?: string | null;
  messageTemplate?: string;
  condition?: object | string | number;
  requiresApproval?: boolean;
}

/** A sequence of these steps, numbered from 1, each a day after the one before unless it says otherwise. */
export async function addFollowUpSequence(
  { runtime: { db } }: Scene,
  workspace: { id: string },
  steps: readonly StepFields[],
  fields: { triggerOn?: string | null; isActive?: boolean } = {},
) {
  const sequence = await db.followUpSequence.create({ data: { clientId: workspace.id, name: "Nudge", ...fields } });
  const byDefault = { channel: "sms", dayOffset: 1, messageTemplate: "Hi {{firstName}}", subject: "Hello" };
  await db.followUpStep.createMany({
    data: steps.map((step, index) => ({ ...byDefault, ...step, sequenceId: sequence.id, stepOrder: index + 1 })),
  });
  return sequence;
}

export type InstanceFields = Partial<Parameters<Scene["runtime"]["db"]["followUpInstance"]["update"]>[0]["data"]>;

/** The lead's instance of a sequence, started two days ago and due since an hour, unless it says otherwise. */
export async function startInstance(
  { runtime: { db } }: Scene,
  lead: { id: string },
  sequence: { id: string },
  fields: InstanceFields = {},
) {
  const instance = await db.followUpInstance.create({
    data: { leadId: lead.id, sequenceId: sequence.id, startedAt: daysAgo(2), nextStepDue: minutesAgo(60) },
  });
  return db.followUpInstance.update({ where: { id: instance.id }, data: fields });
}

/** A workspace with one lead in one sequence of these steps, whose first step is due. */
export async function setDueStage(
  scene: Scene,
  steps: readonly StepFields[] = [{}],
  more: {
    lead?: Partial<LeadFields>;
    instance?: InstanceFields;
    workspace?: Parameters<typeof addOpenWorkspace>[1];
  } = {},
) {
  const workspace = await addOpenWorkspace(scene, more.workspace);
  const lead = await addReachableLead(scene, workspace, more.lead);
  const sequence = await addFollowUpSequence(scene, workspace, steps);
  const instance = await startInstance(scene, lead, sequence, more.instance);
  return { workspace, lead, sequence, instance };
}

/** What the lead wrote, or we did, at a time. */
export async function addMessage(
  { runtime: { db } }: Scene,
  lead: { id: string },
  fields: Partial<Parameters<Scene["runtime"]["db"]["message"]["update"]>[0]["data"]> & { sentAt: Date },
) {
  const message = await db.message.create({
    data: { leadId: lead.id, channel: "sms", direction: "inbound", sentAt: fields.sentAt },
  });
  return db.message.update({ where: { id: message.id }, data: fields });
}

export interface FollowUpsRan {
  errors: { step: string; message: string }[];
  backstop: { completedCount: number };
  snoozed: { resumedCount: number };
  resumed: { resumedCount: number };
  enrichment: { resumedCount: number; skippedCount: number };
  approval: { resumedCount: number };
  results: DueTally;
  exhausted: boolean;
  stopReason: string;
}

type RunOptions = Partial<FollowUpParams> & { budgetMs?: number; deps?: Partial<FollowUpDeps> };

/** One run of the follow-ups cron, below its door, on the stories' Wednesday. */
export async function followUp(scene: Scene, options: RunOptions = {}): Promise<FollowUpsRan | "locked"> {
  const { budgetMs = 30_000, deps, ...params } = options;
  const deadline = startDeadline(budgetMs);
  const all = { ...scene.runtime.followups, clock: wednesdayClock, ...deps };
  const outcome = await runFollowUps(all, { dryRun: false, ...params }, deadline);
  deadline.dispose();
  return outcome.kind === "locked" ? "locked" : (outcome.result as FollowUpsRan);
}

/** The same, where nothing should be wrong and nobody else should have the lease. */
export async function followUpOnce(scene: Scene, options: RunOptions = {}): Promise<FollowUpsRan> {
  const result = await followUp(scene, options);
  if (result === "locked") throw new Error("another run has the lease");
  if (result.errors.length > 0) throw new Error(JSON.stringify(result.errors));
  return result;
}

/** The texts that HighLevel sent on to this lead, in their order. */
export function textsTo({ sandbox }: Scene, lead: { ghlContactId: string | null }): string[] {
  return sandbox.ghl.outbox.deliveries(lead.ghlContactId ?? "").map((message) => message.body);
}

export async function instanceNow({ runtime: { db } }: Scene, { id }: { id: string }) {
  return db.followUpInstance.findUniqueOrThrow({ where: { id } });
}

export async function tasksFor({ runtime: { db } }: Scene, lead: { id: string }) {
  return db.followUpTask.findMany({ where: { leadId: lead.id }, orderBy: [{ stepOrder: "asc" }, { id: "asc" }] });
}
