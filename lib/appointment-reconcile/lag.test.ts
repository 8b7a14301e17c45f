import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { MINUTE_MS } from "@/lib/core/time";
import { addGhlWorkspace, openScene, type Scene, type TestWorkspace } from "@/scripts/testing/scene";
import { measureReconcileLag } from "./lag";

/** Not to be thrown by the second or so between writing a row and asking. */
const SLACK_SECONDS = 50;

let scene: Scene;
let workspace: TestWorkspace;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
beforeEach(async () => {
  await scene.runtime.db.client.deleteMany({});
  workspace = await addGhlWorkspace(scene);
});

describe("reconcile lags by", () => {
  it("nothing where nobody is due", async () => {
    expect(await lag()).toBe(0);
    await addLead({ checkedMinutes: 0, hot: true });
    await addLead({ checkedMinutes: 59, meetingMinutes: 60 });
    await addLead({ checkedMinutes: 30 * 24 * 60 });
    expect(await lag()).toBe(0);
  });

  it.each<[string, Parameters<typeof addLead>[0], number]>([
    ["what a hot lead waits beyond its minute", { checkedMinutes: 11, hot: true }, 10],
    ["what a lead with a meeting waits beyond its hour", { checkedMinutes: 80, meetingMinutes: 60 }, 20],
    ["how long a hot lead was never checked", { checkedMinutes: null, hot: true, createdMinutes: 7 }, 7],
    [
      "how long a lead with a meeting was never checked",
      { checkedMinutes: null, meetingMinutes: 60, createdMinutes: 9 },
      9,
    ],
    ["what has passed since a wait after failures", { checkedMinutes: 500, hot: true, retryMinutesAgo: 3 }, 3],
    ["nothing while such a wait lasts", { checkedMinutes: 500, hot: true, retryMinutesAgo: -3 }, 0],
    ["nothing for a meeting that has ended", { checkedMinutes: 500, meetingMinutes: -60 }, 0],
    ["nothing for a hot lead with nothing to ask with", { checkedMinutes: 500, hot: true, anonymous: true }, 0],
  ])("%s", async (_, lead, minutes) => {
    await addLead(lead);
    expectMinutes(await lag(), minutes);
  });

  it("the longest wait of all", async () => {
    await addLead({ checkedMinutes: 11, hot: true });
    await addLead({ checkedMinutes: 100, meetingMinutes: 60 });
    workspace = await addGhlWorkspace(scene);
    await addLead({ checkedMinutes: 31, hot: true });
    expectMinutes(await lag(), 40);
  });

  it.each<[string, (db: Scene["runtime"]["db"]) => Promise<unknown>]>([
    ["has no credentials", (db) => db.client.updateMany({ data: { ghlPrivateKey: null } })],
    [
      "is behind a circuit that is not closed",
      (db) => db.circuit.create({ data: { clientId: workspace.id, provider: "GHL", openUntil: new Date() } }),
    ],
  ])("nothing for a workspace that %s", async (_, happen) => {
    await addLead({ checkedMinutes: 11, hot: true });
    await happen(scene.runtime.db);
    expect(await lag()).toBe(0);
  });
});

async function lag(): Promise<number> {
  return measureReconcileLag(scene.runtime.reconcile);
}

function expectMinutes(seconds: number, minutes: number): void {
  expect(seconds).toBeGreaterThanOrEqual(minutes * 60);
  expect(seconds).toBeLessThan(minutes * 60 + SLACK_SECONDS);
}

/** A lead of the workspace; all times in minutes from now, into the past but for its meeting. */
async function addLead(lead: {
  checkedMinutes: number | null;
  hot?: boolean;
  meetingMinutes?: number;
  createdMinutes?: number;
  retryMinutesAgo?: number;
  anonymous?: boolean;
}): Promise<void> {
  const { db } = scene.runtime;
  const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE_MS);
  const { checkedMinutes, meetingMinutes, retryMinutesAgo, createdMinutes = 24 * 60 } = lead;
  const { id: leadId } = await db.lead.create({
    data: {
      ...{ clientId: workspace.id, email: lead.anonymous ? null : "person@example.com", lastInboundAt: new Date() },
      ...{
        createdAt: ago(createdMinutes),
        appointmentLastCheckedAt: checkedMinutes === null ? null : ago(checkedMinutes),
      },
      ...(retryMinutesAgo !== undefined && { appointmentRetryAt: ago(retryMinutesAgo) }),
      ...(meetingMinutes !== undefined && { appointmentStatus: "confirmed", appointmentStartAt: ago(-meetingMinutes) }),
    },
  });
  if (!lead.hot) return;
  const { id: sequenceId } = await db.followUpSequence.create({ data: { clientId: workspace.id, name: "Nudge" } });
  await db.followUpInstance.create({ data: { leadId, sequenceId, startedAt: ago(createdMinutes + 60) } });
}
