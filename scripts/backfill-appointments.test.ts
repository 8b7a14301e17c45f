import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runScript } from "./testing/process";
import { addGhlLead, addGhlWorkspace, hoursFromNow, openScene, type Scene, type TestWorkspace } from "./testing/scene";

const SCRIPT = "scripts/backfill-appointments.ts";

let scene: Scene;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "leadline-backfill-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.close());

describe("a backfill of appointments", () => {
  it("is dry by default: says what it would do, and writes nothing", async () => {
    const workspace = await addGhlWorkspace(scene);
    await addLeadsWithMeetings(workspace, 7);
    const before = await scene.runtime.db.lead.findMany({ orderBy: { id: "asc" } });
    const ended = await backfill("--json");
    expect(ended).toMatchObject({ code: 0 });
    expect(JSON.parse(ended.stdout)).toMatchObject({
      mode: "dry-run",
      complete: true,
      checked: 7,
      booked: 7,
      failed: [],
    });
    expect(await scene.runtime.db.lead.findMany({ orderBy: { id: "asc" } })).toEqual(before);
    expect(await scene.runtime.db.appointment.count()).toBe(0);
    expect(await scene.runtime.db.backfillRun.count()).toBe(0);
  });

  it("goes through all history, marks what it wrote as its own, and has nothing left to do afterwards", async () => {
    const workspace = await addGhlWorkspace(scene);
    await addLeadsWithMeetings(workspace, 25);
    const ended = await backfill("--apply", "--page-size", "10", "--json");
    expect(JSON.parse(ended.stdout)).toMatchObject({
      mode: "apply",
      complete: true,
      checked: 25,
      booked: 25,
      requests: 50,
    });
    expect(await scene.runtime.db.lead.count({ where: { appointmentSource: "backfill" } })).toBe(25);
    const again = await backfill("--apply", "--resume", "--json");
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr).toContain("nothing left to do");
    expect(JSON.parse(again.stdout)).toMatchObject({ complete: true, checked: 25, requests: 0 });
  });

  it("asks about exactly --max-leads leads, however many workspaces share them, and goes on from there", async () => {
    for (const size of [9, 4, 12]) await addLeadsWithMeetings(await addGhlWorkspace(scene), size);
    const flags = ["--apply", "--page-size", "5", "--client-concurrency", "3", "--json"];
    const first = await backfill(...flags, "--max-leads", "11");
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({ complete: false, checked: 11, booked: 11 });
    const rest = await backfill(...flags, "--resume");
    expect(JSON.parse(rest.stdout)).toMatchObject({ complete: true, checked: 25, booked: 25, requests: 28 });
  });

  it("passes leads that fail, lists them, and takes them up again when resumed", async () => {
    const workspace = await addGhlWorkspace(scene);
    const [troubled] = await addLeadsWithMeetings(workspace, 12);
    const fault = { kind: "html" } as const;
    scene.sandbox.faults.add({ match: { path: new RegExp(`^/contacts/${troubled?.ghlContactId}/`) }, fault });
    const first = await backfill("--apply", "--json");
    expect(first.code).toBe(0);
    const summary = JSON.parse(first.stdout);
    expect(summary).toMatchObject({ complete: true, checked: 12, booked: 11, failed: [{ leadId: troubled?.id }] });
    scene.sandbox.faults.clear();
    const second = await backfill("--apply", "--resume", "--json");
    expect(JSON.parse(second.stdout)).toMatchObject({
      complete: true,
      checked: 12,
      booked: 12,
      failed: [],
      requests: 2,
    });
  });

  it("gives up a workspace whose credential is dead, says so, and finishes the others", async () => {
    const dead = await addGhlWorkspace(scene);
    await addLeadsWithMeetings(dead, 4);
    await addLeadsWithMeetings(await addGhlWorkspace(scene), 4);
    scene.sandbox.faults.add({ match: { account: dead.account }, fault: { kind: "forbidden" } });
    const ended = await backfill("--apply", "--lead-concurrency", "1", "--json");
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(`The provider of workspace ${dead.id} stays shut`);
    expect(JSON.parse(ended.stdout)).toMatchObject({ complete: false, booked: 4, failed: [{}] });
    scene.sandbox.faults.clear();
    await scene.runtime.db.circuit.deleteMany();
    const rest = await backfill("--apply", "--resume", "--json");
    expect(JSON.parse(rest.stdout)).toMatchObject({ complete: true, booked: 8, failed: [] });
  });

  it("with --skip-side-effects changes roll-ups only", async () => {
    const workspace = await addGhlWorkspace(scene);
    await addLeadsWithMeetings(workspace, 3);
    await backfill("--apply", "--skip-side-effects");
    const { db } = scene.runtime;
    expect(await db.lead.count({ where: { status: "new", appointmentStatus: "confirmed" } })).toBe(3);
  });
});

describe("what is wrong with a call", () => {
  it.each([
    ["an unknown flag", ["--aply"], 2],
    ["both modes", ["--apply", "--dry-run"], 2],
    ["a number out of range", ["--page-size", "0"], 2],
    ["a number that is none", ["--max-leads", "1e3"], 2],
    ["a flag twice", ["--json", "--json"], 2],
    ["an argument that is no flag", ["apply"], 2],
    ["a workspace that does not exist", ["--clientId", "nobody"], 1],
    ["nothing to resume", ["--apply", "--resume"], 3],
  ])("(%s) is said before anything is touched", async (_name, flags, code) => {
    const ended = await backfill(...flags);
    expect(ended.code).toBe(code);
    expect(ended.stderr).not.toBe("");
    expect(ended.stdout).toBe("");
  });

  it("(no database) ends with 4", async () => {
    const environment = { ...scene.environment, DATABASE_URL: "postgresql://nobody:secret@127.0.0.1:1/none" };
    const ended = await runScript(SCRIPT, ["--state-file", path.join(folder, "none.json")], environment);
    expect(ended.code).toBe(4);
    expect(ended.stderr).not.toContain("secret");
  });

  it("is explained by --help, which names every flag", async () => {
    const ended = await backfill("--help");
    expect(ended.code).toBe(0);
    for (const flag of ["--apply", "--clientId ID", "--max-leads N", "--ghl-requests-per-10s N", "--state-file PATH"]) {
      expect(ended.stdout).toContain(flag);
    }
  });
});

describe("a state file", () => {
  it("cut short at any length, or with any bit flipped, is refused", async () => {
    await stopHalfway();
    const file = stateFile();
    const whole = await readFile(file);
    const samples = [0, 1, Math.floor(whole.length / 2), whole.length - 2].map((length) => whole.subarray(0, length));
    for (const index of [20, Math.floor(whole.length / 3), whole.length - 40]) {
      const flipped = Buffer.from(whole);
      flipped[index] = (flipped[index] ?? 0) ^ 1;
      samples.push(flipped);
    }
    for (const sample of samples) {
      await writeFile(file, sample);
      const ended = await backfill("--apply", "--resume");
      expect(ended.code, sample.toString().slice(0, 80)).toBe(3);
      expect(ended.stderr).toContain("Remove it");
    }
    await rm(file);
    expect(JSON.parse((await backfill("--apply", "--resume", "--json")).stdout)).toMatchObject({
      checked: 12,
      booked: 12,
    });
  });

  it("of other flags is refused, with the flag named", async () => {
    await stopHalfway();
    const ended = await backfill("--apply", "--resume", "--stale-days", "9");
    expect(ended).toMatchObject({ code: 3 });
    expect(ended.stderr).toContain("staleDays is 7 there and 9 here");
    expect((await backfill("--resume")).stderr).toContain('mode is "apply" there and "dry-run" here');
  });

  it("that is older than the database gives way to it, and people are told", async () => {
    const older = await stopHalfway();
    await backfill("--apply", "--resume", "--max-leads", "2", "--page-size", "2");
    await writeFile(stateFile(), older);
    const ended = await backfill("--apply", "--resume", "--json");
    expect(ended.stderr).toContain("the database is right");
    expect(JSON.parse(ended.stdout)).toMatchObject({ complete: true, checked: 12, booked: 12, requests: 10 });
  });

  it("is enough to go on where the database has lost the run", async () => {
    await stopHalfway();
    await scene.runtime.db.backfillRun.deleteMany();
    const ended = await backfill("--apply", "--resume", "--json");
    expect(ended.code).toBe(0);
    expect(await scene.runtime.db.lead.count({ where: { status: "meeting-booked" } })).toBe(12);
    expect(await scene.runtime.db.appointment.count()).toBe(12);
  });

  it("that cannot be written ends the run with 1 and a reason", async () => {
    await addLeadsWithMeetings(await addGhlWorkspace(scene), 2);
    const file = path.join(folder, "no-such-folder", "state.json");
    const ended = await runScript(SCRIPT, ["--apply", "--state-file", file], scene.environment);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain("cannot be written");
  });

  it("whose folder goes away in the middle ends the run with 1, and nothing is lost", async () => {
    await addLeadsWithMeetings(await addGhlWorkspace(scene), 60);
    const away = path.join(folder, "going-away");
    await mkdir(away);
    scene.sandbox.faults.add({ match: () => true, fault: { kind: "delay", ms: 40 } });
    const flags = ["--apply", "--page-size", "5", "--state-file", path.join(away, "state.json")];
    const onOutput = () => setTimeout(() => rmSync(away, { recursive: true }), 150);
    const ended = await runScript(SCRIPT, flags, scene.environment, { onOutput });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain("Nothing is lost");
    const checked = await scene.runtime.db.lead.count({ where: { appointmentLastCheckedAt: { not: null } } });
    expect(checked).toBeLessThan(60);
    const rest = await backfill("--apply", "--resume", "--json");
    expect(JSON.parse(rest.stdout)).toMatchObject({ complete: true, checked: 60, booked: 60 });
  });

  /** Five of twelve leads are dealt with. Returns the state file as it is then. */
  async function stopHalfway(): Promise<Buffer> {
    await addLeadsWithMeetings(await addGhlWorkspace(scene), 12);
    await backfill("--apply", "--max-leads", "5", "--page-size", "5");
    return readFile(stateFile());
  }
});

describe("an output that nobody reads", () => {
  it("ends the run with 1 after its work is done", async () => {
    await addLeadsWithMeetings(await addGhlWorkspace(scene), 3);
    const flags = ["--apply", "--state-file", stateFile()];
    const ended = await runScript(SCRIPT, flags, scene.environment, { closeStdout: true });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain("Standard output is closed");
    expect(await scene.runtime.db.lead.count({ where: { status: "meeting-booked" } })).toBe(3);
  });
});

describe("a signal", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("(%s) while a provider hangs ends with %i, and can be resumed", async (signal, code) => {
    await addLeadsWithMeetings(await addGhlWorkspace(scene), 8);
    scene.sandbox.faults.add({ match: { path: /^\/calendars\/events/ }, fault: { kind: "no_answer" } });
    const environment = { ...scene.environment, PROVIDER_TIMEOUT_MS: "60000" };
    const flags = ["--apply", "--state-file", stateFile()];
    const ended = await runScript(SCRIPT, flags, environment, { killMsAfterOutput: 500, signal });
    expect(ended).toMatchObject({ code, signal: null });
    expect(await scene.runtime.db.lead.count({ where: { appointmentLastCheckedAt: { not: null } } })).toBe(0);
    scene.sandbox.faults.clear();
    const rest = await backfill("--apply", "--resume", "--json");
    expect(JSON.parse(rest.stdout)).toMatchObject({ complete: true, checked: 8, booked: 8 });
  });
});

let scenes = 0;
beforeEach(() => {
  scenes++;
});

function stateFile(): string {
  return path.join(folder, `${scenes}.json`);
}

function backfill(...flags: string[]) {
  return runScript(SCRIPT, ["--state-file", stateFile(), ...flags], scene.environment);
}

async function addLeadsWithMeetings(workspace: TestWorkspace, count: number) {
  const leads = await Promise.all(Array.from({ length: count }, () => addGhlLead(scene, workspace)));
  for (const lead of leads) scene.sandbox.ghl.book(lead.ghlContactId ?? "", { start: hoursFromNow(24) });
  return leads;
}
