import { expect } from "vitest";
import type { Clock } from "@/lib/core/time";
import { REQUIRED_COLUMNS } from "./contract-rows";
import { reconcileOnce, type Scene, type TestWorkspace } from "./scene";

/** What stories about a lead's meetings are told with: sequences, tasks, and all that a database holds. */

type Trigger = "no_response" | "meeting_selected" | "manual" | "setter_reply" | null;

/** A sequence with a first step that is due 2 days and 30 minutes after it starts, and a second one. */
export async function addSequence(
  { runtime: { db } }: Scene,
  workspace: TestWorkspace,
  { triggerOn, isActive = true }: { triggerOn: Trigger; isActive?: boolean },
) {
  const sequence = await db.followUpSequence.create({
    data: { clientId: workspace.id, name: `On ${triggerOn}`, triggerOn, isActive },
  });
  const first = { stepOrder: 1, dayOffset: 2, minuteOffset: 30, channel: "email" };
  const second = { stepOrder: 2, dayOffset: 5, channel: "sms" };
  await db.followUpStep.createMany({ data: [second, first].map((step) => ({ ...step, sequenceId: sequence.id })) });
  return sequence;
}

/** The lead's instance of a sequence as it is now; null if there is none. */
export async function instanceOf({ runtime: { db } }: Scene, lead: { id: string }, sequence: { id: string }) {
  return db.followUpInstance.findFirst({ where: { leadId: lead.id, sequenceId: sequence.id } });
}

export async function leadNow({ runtime: { db } }: Scene, lead: { id: string }) {
  return db.lead.findUniqueOrThrow({ where: { id: lead.id } });
}

export async function appointmentsOf({ runtime: { db } }: Scene, lead: { id: string }) {
  return db.appointment.findMany({ where: { leadId: lead.id }, orderBy: [{ createdAt: "asc" }, { id: "asc" }] });
}

/** The types of the lead's tasks, in alphabetical order. */
export async function tasksOf({ runtime: { db } }: Scene, lead: { id: string }): Promise<string[]> {
  const tasks = await db.followUpTask.findMany({ where: { leadId: lead.id }, orderBy: { type: "asc" } });
  return tasks.map((task) => task.type);
}

/** A clock that stands still. */
export function stoppedAt(now: Date): Clock {
  return { now: () => now };
}

/** What moves with every check, whatever it finds. */
const WATERMARKS = ["appointmentLastCheckedAt", "appointmentReconciledAt"];

/** Every row of the contract's tables but of the runs' own, by table; without watermarks if so told. */
export async function everyRow(scene: Scene, { watermarks = true } = {}): Promise<Record<string, object[]>> {
  const tables = Object.keys(REQUIRED_COLUMNS).filter((table) => table !== "CronRun");
  const left = watermarks ? [] : WATERMARKS;
  const entries: [string, object[]][] = [];
  for (const table of tables) {
    const rows = await scene.runtime.db.$queryRawUnsafe<{ row: object }[]>(
      `SELECT to_jsonb(t) - $1::text[] AS "row" FROM "${table}" t ORDER BY t."id"`,
      left,
    );
    entries.push([table, rows.map(({ row }) => row)]);
  }
  return Object.fromEntries(entries);
}

/** Whatever was done before: while the world stays as it is, another run changes no row but watermarks. */
export async function expectNothingLeftToDo(scene: Scene): Promise<void> {
  scene.sandbox.faults.clear();
  const before = await everyRow(scene, { watermarks: false });
  const run = await reconcileOnce(scene, { workspaceLimit: 500, leadsPerWorkspace: 1000 });
  expect(run.leadsChecked).toBeGreaterThan(0);
  expect(run).toMatchObject({ noChange: run.leadsChecked, tasksCreated: 0, errors: 0 });
  expect(await everyRow(scene, { watermarks: false })).toEqual(before);
}
