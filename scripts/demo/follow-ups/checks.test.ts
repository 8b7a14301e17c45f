import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { followUpOnce } from "../../testing/follow-up-story";
import { openScene, reconcileOnce, type Scene } from "../../testing/scene";
import { syncOnce } from "../../testing/sync-story";
import { changedRows, takeSnapshot } from "../../truth/snapshot";
import { checkFollowUps, checkSenders, judge } from "./checks";
import { playAct, type Stage, setStage } from "./stage";
import { formatPlots } from "./table";
import { type Delivery, type StoredLead, type Witnessed, witness } from "./witnessed";

let scene: Scene;
let stage: Stage;
let witnessed: Witnessed;

/** The demo's own stage and plots, told to the end, with the crons' runners in the place of the app. */
beforeAll(async () => {
  scene = await openScene();
  stage = await setStage(scene.sandbox, scene.runtime.db);
  for (const act of [0, 1, 2] as const) {
    await playAct(stage, act);
    await tick();
  }
  witnessed = await witness(stage, scene.sandbox, scene.runtime.db);
}, 60_000);

afterAll(() => scene.close());

describe("the demo's leads in sequences", () => {
  it("get what their plots say, nobody anything else, and all of it is on record", async () => {
    const checks = await checkFollowUps(stage, scene.sandbox, scene.runtime.db);
    expect(checks.flatMap(({ disagreements }) => disagreements)).toEqual([]);
    expect(checks.length).toBe(8);
  });

  it("are left alone by a tick in which nothing happens", async () => {
    const before = await takeSnapshot(scene.runtime.db);
    await tick();
    expect(changedRows(before, await takeSnapshot(scene.runtime.db))).toEqual([]);

    const [message] = leadOf("an e-mail").messages;
    const [send] = leadOf("an e-mail").followUpSends;
    await scene.runtime.db.message.update({ where: { id: message?.id ?? "" }, data: { kind: "reply" } });
    await scene.runtime.db.followUpSend.updateMany({
      where: { instanceId: send?.instanceId ?? "" },
      data: { status: "unknown" },
    });
    const rows = changedRows(before, await takeSnapshot(scene.runtime.db)).map((key) => key.split(" ").slice(0, 2));
    expect(rows).toContainEqual(["Message", message?.id]);
    expect(rows).toContainEqual(["FollowUpSend", send?.instanceId]);
  });

  it("are told of in a table, a line per plot", async () => {
    const lines = await formatPlots(stage, scene.sandbox, scene.runtime.db);
    expect(lines.length).toBe(2 + new Set(stage.parts.map(({ plot }) => plot)).size);
    expect(lines.find((line) => line.startsWith("three channels"))).toMatch(
      /2 +6 +email, sms, WhatsApp by HighLevel, WhatsApp by Kapso/,
    );
    expect(lines.find((line) => line.startsWith("follow-ups switched off"))).toMatch(/2 +0 .*active +opted out$/);
  });
});

describe("the checks of follow-ups", () => {
  it("find a message that did not arrive, and one whose words are wrong", () => {
    const [first] = deliveriesTo("an e-mail");
    expect(redAfter({ deliveries: without(first) })).toContain("deliveries");
    expect(redAfter({ deliveries: instead(first, { words: "Hello {{firstName}}" }) })).toEqual(["deliveries"]);
    expect(redAfter({ deliveries: instead(first, { channel: "sms" }) })).toContain("deliveries");
  });

  it("find a message that somebody got twice", () => {
    const [first] = deliveriesTo("the answer is lost");
    expect(redAfter({ deliveries: [...witnessed.deliveries, first] })).toEqual(["deliveries", "nothing twice"]);
  });

  it("find a message to somebody who has a meeting, and one to a stranger", () => {
    const [first] = deliveriesTo("books between two steps");
    const late = instead(first, { at: new Date() });
    expect(redAfter({ deliveries: late })).toEqual(["nothing after a booking"]);
    const [other] = deliveriesTo("a text message");
    expect(redAfter({ deliveries: [...witnessed.deliveries, { ...other, leadId: null }] })).toEqual(["deliveries"]);
  });

  it("find a message that is missing on record, or there twice, or other than it was sent, or invented", () => {
    const lead = leadOf("a text message");
    const [message] = lead.messages;
    if (!message) throw new Error("nothing was written");
    for (const messages of [
      [],
      [message, { ...message, id: "again" }],
      [{ ...message, body: "Hi" }],
      [{ ...message, externalId: "nobody-knows-it" }],
    ]) {
      expect(redAfter({ stored: insteadOf(lead, { messages }) })).toEqual(["messages on record"]);
    }
  });

  it("find a sequence that ended otherwise, one that is gone, and a status", () => {
    const lead = leadOf("marked as booked, sequence left open");
    const [instance] = lead.followUpInstances;
    if (!instance) throw new Error("there is no sequence");
    const ended = { ...instance, completedReason: "finished" };
    expect(redAfter({ stored: insteadOf(lead, { followUpInstances: [ended] }) })).toEqual(["follow-ups"]);
    expect(redAfter({ stored: insteadOf(lead, { followUpInstances: [] }) })).toEqual(["follow-ups"]);
    expect(redAfter({ stored: insteadOf(lead, { status: "qualified" }) })).toEqual(["follow-ups"]);
    expect(redAfter({ stored: witnessed.stored.filter((one) => one !== lead) })).toContain("follow-ups");
  });

  it("find a task that is missing, and one that nobody asked for", () => {
    const lead = leadOf("do-not-disturb at HighLevel");
    const other = leadOf("replies before the first step");
    expect(redAfter({ stored: insteadOf(lead, { followUpTasks: [] }) })).toEqual(["follow-up tasks"]);
    const { followUpTasks } = lead;
    expect(redAfter({ stored: insteadOf(other, { followUpTasks }) })).toEqual(["follow-up tasks"]);
  });

  it("find an uncertain send that is hidden", () => {
    const lead = leadOf("the answer is lost");
    const followUpSends = lead.followUpSends.map((send) => ({ ...send, status: "sent" }));
    expect(redAfter({ stored: insteadOf(lead, { followUpSends }) })).toEqual(["sends and uncertain sends"]);
  });

  it.each(["it is evening where they are", "written to today already"])(
    "find another hour than the calendar's: %s",
    (plot) => {
      const lead = leadOf(plot);
      const followUpInstances = lead.followUpInstances.map((instance) => ({ ...instance, nextStepDue: new Date() }));
      expect(redAfter({ stored: insteadOf(lead, { followUpInstances }) })).toEqual(["put off until"]);
    },
  );

  it("find a provider that a workspace was shut off from", async () => {
    const { db } = scene.runtime;
    expect((await checkSenders(stage, db)).disagreements).toEqual([]);
    const clientId = stage.workspaces[1]?.id ?? "";
    const openUntil = new Date(Date.now() + 60_000);
    const key = { clientId, provider: "KAPSO" };
    await db.circuit.upsert({
      where: { clientId_provider: key },
      update: { openUntil },
      create: { ...key, openUntil },
    });
    expect((await checkSenders(stage, db)).disagreements).toEqual(["the circuit of Quay Rentals at KAPSO is open"]);
  });
});

/** All crons that have to do with these leads, in the order of vercel.json. */
async function tick(): Promise<void> {
  await reconcileOnce(scene, { leadsPerWorkspace: 200, workspaceLimit: 50 });
  await followUpOnce(scene, { deps: { clock: scene.runtime.clock } });
  await syncOnce(scene);
}

/** The names of the checks that turn red when this was witnessed instead. */
function redAfter(changed: Partial<Witnessed>): string[] {
  const checks = judge(stage, { ...witnessed, ...changed });
  return checks.filter(({ disagreements }) => disagreements.length > 0).map(({ name }) => name);
}

function leadOf(plot: string): StoredLead {
  const id = stage.parts.find((part) => part.plot.name === plot)?.actor.lead.id;
  const lead = witnessed.stored.find((one) => one.id === id);
  if (!lead) throw new Error(`nobody is in the plot "${plot}"`);
  return lead;
}

function deliveriesTo(plot: string): [Delivery, ...Delivery[]] {
  const { id } = leadOf(plot);
  const [first, ...others] = witnessed.deliveries.filter(({ leadId }) => leadId === id);
  if (!first) throw new Error(`nobody in the plot "${plot}" got anything`);
  return [first, ...others];
}

function without(delivery: Delivery): Delivery[] {
  return witnessed.deliveries.filter((one) => one !== delivery);
}

function instead(delivery: Delivery, changes: Partial<Delivery>): Delivery[] {
  return witnessed.deliveries.map((one) => (one === delivery ? { ...one, ...changes } : one));
}

function insteadOf(lead: StoredLead, changes: Partial<StoredLead>): StoredLead[] {
  return witnessed.stored.map((one) => (one === lead ? { ...one, ...changes } : one));
}
