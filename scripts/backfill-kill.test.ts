import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runScript } from "./testing/process";
import { addGhlWorkspace, hoursFromNow, openScene, reconcileOnce, type Scene } from "./testing/scene";

const SCRIPT = "scripts/backfill-appointments.ts";
const LONG = process.env["LEADLINE_LONG_TESTS"] === "1";
const KILLS = LONG ? 300 : 30;
const WORKSPACES = 4;
const LEADS_PER_WORKSPACE = LONG ? 5_000 : 750;
/** In each workspace so many leads had a meeting on record that was cancelled since, and as many one that was moved. */
const CANCELED = 60;
const MOVED = 60;
const PAGE_SIZE = 20;
const WORKSPACES_AT_ONCE = 2;

let scene: Scene;
let folder: string;
beforeAll(async () => {
  scene = await openScene();
  folder = await mkdtemp(path.join(tmpdir(), "leadline-kill-"));
});
afterAll(async () => {
  await scene.close();
  await rm(folder, { recursive: true, force: true });
});

describe(`a backfill that is killed ${KILLS} times`, () => {
  it("does everything exactly once, asks for at most a page per workspace again, and finishes", {
    timeout: 3_600_000,
  }, async () => {
    await setStage();
    scene.sandbox.ledger.clear();
    let kills = 0;
    for (let attempt = 0; kills < KILLS; attempt++) {
      // Somewhere in its first second, a different moment each time.
      const killMsAfterOutput = 60 + ((attempt * 271) % 700);
      const ended = await backfill(attempt === 0 ? [] : ["--resume"], { killMsAfterOutput });
      if (ended.signal !== "SIGKILL") break;
      kills++;
      await letLeasesRunOut();
    }
    const last = await backfill(["--resume"]);
    expect(last, last.stderr).toMatchObject({ code: 0 });
    expect(kills).toBeGreaterThan(KILLS / 2);
    expect(JSON.parse(last.stdout)).toMatchObject(expectedSummary());
    await expectEveryEffectOnce();
    const leads = WORKSPACES * LEADS_PER_WORKSPACE;
    const askedAgain = scene.sandbox.ledger.entries.length - 2 * leads;
    expect(askedAgain).toBeLessThanOrEqual(kills * WORKSPACES_AT_ONCE * PAGE_SIZE * 2);
    process.stderr.write(`killed ${kills} times; ${askedAgain} of ${2 * leads} requests were asked again\n`);
  });
});

describe("two processes on one backfill", () => {
  it("share its workspaces and do nothing twice", { timeout: 300_000 }, async () => {
    const { db } = scene.runtime;
    await db.lead.updateMany({ data: { appointmentLastCheckedAt: null } });
    scene.sandbox.ledger.clear();
    const flags = ["--max-leads", "1", "--page-size", "1"];
    await backfill(flags);
    const [one, other] = await Promise.all([backfill(["--resume"]), backfill(["--resume"])]);
    expect([one?.code, other?.code], `${one?.stderr}\n${other?.stderr}`).toEqual([0, 0]);
    const leads = WORKSPACES * LEADS_PER_WORKSPACE;
    // A meeting that is known to be cancelled is not looked at again: its listing is enough.
    expect(scene.sandbox.ledger.entries.length).toBe(2 * leads - WORKSPACES * CANCELED);
    const summaries = [one, other].map((ended) => JSON.parse(ended?.stdout ?? "{}"));
    expect(summaries.map((summary) => summary.requests > 0)).toEqual([true, true]);
    expect(Math.max(...summaries.map((summary) => summary.checked))).toBe(leads);
  });
});

function backfill(flags: string[], options: Parameters<typeof runScript>[3] = {}) {
  const always = ["--apply", "--json", "--state-file", path.join(folder, "state.json")];
  const size = flags.includes("--page-size") ? [] : ["--page-size", String(PAGE_SIZE)];
  const places = ["--client-concurrency", String(WORKSPACES_AT_ONCE)];
  return runScript(SCRIPT, [...always, ...size, ...places, ...flags], scene.environment, options);
}

/** The rest of each workspace's leads have booked, and nobody knows it yet. */
async function setStage(): Promise<void> {
  const { db } = scene.runtime;
  const { ghl } = scene.sandbox;
  for (let index = 0; index < WORKSPACES; index++) {
    const workspace = await addGhlWorkspace(scene);
    const contacts = Array.from({ length: LEADS_PER_WORKSPACE }, () => ghl.addContact(workspace.account));
    const rows = contacts.map(({ id }) => ({ clientId: workspace.id, ghlContactId: id, lastInboundAt: new Date() }));
    const known = contacts.slice(0, CANCELED + MOVED);
    const meetings = known.map(({ id }) => ghl.book(id, { start: hoursFromNow(24) }));
    await db.lead.createMany({ data: rows.slice(0, known.length) });
    await reconcileOnce(scene, { clientId: workspace.id, leadsPerWorkspace: 1000 });
    await db.lead.updateMany({ where: { clientId: workspace.id }, data: { appointmentLastCheckedAt: null } });
    await db.lead.createMany({ data: rows.slice(known.length) });
    for (const [position, meeting] of meetings.entries()) {
      if (position < CANCELED) ghl.cancel(meeting.id);
      else ghl.reschedule(meeting.id, hoursFromNow(48));
    }
    for (const { id } of contacts.slice(known.length)) ghl.book(id, { start: hoursFromNow(24) });
  }
}

function expectedSummary() {
  const leads = WORKSPACES * LEADS_PER_WORKSPACE;
  const canceled = WORKSPACES * CANCELED;
  const rescheduled = WORKSPACES * MOVED;
  const booked = leads - canceled - rescheduled;
  return { complete: true, checked: leads, booked, canceled, rescheduled, failed: [] };
}

async function expectEveryEffectOnce(): Promise<void> {
  const { db } = scene.runtime;
  const { checked, canceled, rescheduled } = expectedSummary();
  const tasks = await db.followUpTask.groupBy({ by: ["type"], _count: true, orderBy: { type: "asc" } });
  expect(tasks.map(({ type, _count }) => [type, _count])).toEqual([
    ["meeting-canceled", canceled],
    ["meeting-rescheduled", rescheduled],
  ]);
  expect(await db.appointment.count()).toBe(checked);
  expect(await db.lead.count({ where: { status: "meeting-booked" } })).toBe(checked - canceled);
  expect(await db.lead.count({ where: { status: "qualified" } })).toBe(canceled);
  expect(await db.lead.count({ where: { appointmentLastCheckedAt: null } })).toBe(0);
}

/** What the passing of half a minute would do. */
async function letLeasesRunOut(): Promise<void> {
  await scene.runtime.db.$executeRaw`UPDATE "Lease" SET "expiresAt" = now() - interval '1 second'`;
}
