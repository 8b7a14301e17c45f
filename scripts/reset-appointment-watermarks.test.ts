import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runScript } from "./testing/process";
import { openScene, type Scene } from "./testing/scene";

const SCRIPT = "scripts/reset-appointment-watermarks.ts";
const LONG_AGO = new Date("2030-01-01T00:00:00Z");
const LATELY = new Date("2030-03-01T00:00:00Z");

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

/** Two workspaces: 2,500 and 3 leads in scope, and in the first one of each kind that is not. */
beforeEach(async () => {
  const { db } = scene.runtime;
  await db.client.deleteMany();
  await db.client.createMany({ data: ["big", "small"].map((id) => ({ id, name: id })) });
  const lead = (clientId: string, ghlAppointmentId: string | null, appointmentLastCheckedAt: Date | null) => ({
    ...{ clientId, ghlAppointmentId, appointmentLastCheckedAt },
    appointmentCheckFailures: 2,
  });
  const inScope = [...Array(2500).fill("big"), ...Array(3).fill("small")].map((id) => lead(id, "event", LONG_AGO));
  const outOfScope = [lead("big", "event", LATELY), lead("big", null, LONG_AGO), lead("big", "event", null)];
  await db.lead.createMany({ data: [...inScope, ...outOfScope] });
});

describe("resetting watermarks", () => {
  it("is dry by default: counts per workspace, and writes nothing", async () => {
    const ended = await reset("--checked-before", "2030-02-01", "--json");
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toEqual({
      dryRun: true,
      workspaces: [
        { clientId: "big", leads: 2500 },
        { clientId: "small", leads: 3 },
      ],
      total: 2503,
    });
    expect(await unchecked()).toBe(1);
  });

  it("clears those of leads with a GHL appointment that were last checked before the date, and no others", async () => {
    const ended = await reset("--apply", "--checked-before", "2030-02-01");
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain("2503 watermarks reset");
    expect(await unchecked()).toBe(2504);
    const { db } = scene.runtime;
    expect(await db.lead.count({ where: { appointmentLastCheckedAt: { not: null } } })).toBe(2);
    expect(await db.lead.count({ where: { appointmentCheckFailures: 0 } })).toBe(2503);
  });

  it("keeps to one workspace where one is named", async () => {
    await reset("--apply", "--checked-before", "2030-02-01T00:00:00Z", "--clientId", "small");
    expect(await unchecked()).toBe(4);
  });

  it.each([
    ["no date to apply", ["--apply"], 2],
    ["a date that is none", ["--checked-before", "yesterday"], 2],
    ["a day that does not exist", ["--checked-before", "2030-02-31x"], 2],
    ["an unknown flag", ["--force"], 2],
    ["both modes", ["--apply", "--dry-run", "--checked-before", "2030-02-01"], 2],
    ["a workspace that does not exist", ["--clientId", "nobody"], 1],
  ])("refuses %s, and writes nothing", async (_name, flags, code) => {
    const ended = await reset(...flags);
    expect(ended.code).toBe(code);
    expect(ended.stderr).not.toBe("");
    expect(await unchecked()).toBe(1);
  });
});

function reset(...flags: string[]) {
  return runScript(SCRIPT, flags, scene.environment);
}

async function unchecked(): Promise<number> {
  return scene.runtime.db.lead.count({ where: { appointmentLastCheckedAt: null } });
}
