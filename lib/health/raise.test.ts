import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { createPostAlert } from "@/lib/notify/alerts";
import { reply } from "@/lib/providers/testing/loopback";
import type { HealthDeps } from "./deps";
import { raiseAlarms, tellAlerts } from "./raise";
import { recordChanges } from "./store/alarms";
import { claimAlerts } from "./store/alerts";
import { addRun, openStage, type Receiver, type Stage, startReceiver } from "./testing/stage";

const HOUR_SECONDS = 3600;

let receiver: Receiver;
let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await stage.clear();
  await receiver.close();
});

describe("a change", () => {
  it("is told once, however often it is seen, and told again when it is over", async () => {
    await everyJobRan();
    await look();
    expect(receiver.texts).toEqual([]);
    await everyJobRan({ status: "failed", agoSeconds: 0 });
    await age("followups");
    for (const _ of [1, 2, 3]) await look();
    expect(receiver.texts).toEqual([expect.stringMatching(/^Leadline: 1 alarm\nALARM: Job followups is overdue: /)]);
    await addRun(stage, { job: "followups" });
    for (const _ of [1, 2, 3]) await look();
    expect(receiver.texts).toHaveLength(2);
    expect(receiver.texts[1]).toMatch(/^Leadline: 1 recovery\nRECOVERED from: Job followups is overdue: /);
    expect(await alarms()).toEqual([["job_overdue:followups", "ok", 2]]);
  });

  it("is told once by any number of runs that see it at the same time", async () => {
    await everyJobRan();
    await killCredentials(3);
    await Promise.all(Array.from({ length: 8 }, () => look()));
    await look();
    expect(await stage.runtime.db.alert.count()).toBe(3);
    expect(receiver.texts.join("\n").match(/^ALARM: /gm)).toHaveLength(3);
  });

  it("that was decided on an older state than the present one does nothing", async () => {
    const { db } = stage.runtime;
    const change = { key: "job_overdue:followups", kind: "job_overdue", summary: "late" };
    expect(await recordChanges(db, [{ ...change, state: "firing", seen: 0 }])).toBe(1);
    expect(await recordChanges(db, [{ ...change, state: "firing", seen: 0 }])).toBe(0);
    expect(await recordChanges(db, [{ ...change, state: "ok", seen: 1 }])).toBe(1);
    expect(await recordChanges(db, [{ ...change, state: "firing", seen: 1 }])).toBe(0);
    expect(await alarms()).toEqual([["job_overdue:followups", "ok", 2]]);
  });

  it("that concerns a hundred workspaces at once is one message", async () => {
    await everyJobRan();
    await killCredentials(100);
    await look();
    expect(receiver.texts).toHaveLength(1);
    expect(receiver.texts[0]).toMatch(/^Leadline: 100 alarms\n/);
    await stage.runtime.db.client.deleteMany({});
    await look();
    expect(receiver.texts).toHaveLength(2);
    expect(receiver.texts[1]).toMatch(/^Leadline: 100 recoveries\n/);
  });

  it("is on record also where nobody is to be told, and not told when that changes after a day", async () => {
    await everyJobRan();
    await killCredentials(2);
    const nobody = { ...stage.deps, postAlert: null };
    await look(nobody);
    expect(await alarms()).toHaveLength(2);
    await stage.runtime.db.circuit.updateMany({
      where: { clientId: "w1" },
      data: { openUntil: null, credentialDead: false },
    });
    await look(nobody);
    await stage.runtime.db.$executeRaw`UPDATE "Alert" SET "createdAt" = now() - interval '25 hours'`;
    await look();
    expect(receiver.texts).toEqual([expect.stringMatching(/^Leadline: 1 alarm\nALARM: Workspace Acme \(w2\): GHL/)]);
  });
});

describe("what is wrong is found in the records:", () => {
  it.each<[string, () => Promise<unknown>]>([
    ["run_breaker", () => addRun(stage, { job: "appointment-reconcile", result: { circuitBroken: true } })],
    ["backstop_found", () => addRun(stage, { job: "followups", result: { backstop: { completedCount: 2 } } })],
    ["timing_mismatch", () => addRun(stage, { job: "response-timing", result: { mismatches: 1 } })],
    ["sends_uncertain", () => pauseInstance("send_uncertain")],
    ["sync_unhealthy", () => failSyncs(2)],
    ["credential_dead", () => killCredentials(1)],
    ["job_stalled", () => standStill("followups")],
  ])("%s", async (kind, happen) => {
    await everyJobRan();
    await happen();
    await look();
    expect((await alarms()).map(([key]) => key.split(":")[0])).toEqual([kind]);
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      "a dry run's findings",
      () => addRun(stage, { job: "followups", dryRun: true, result: { backstop: { completedCount: 2 } } }),
    ],
    [
      "what was found more than an hour ago",
      () => addRun(stage, { job: "response-timing", agoSeconds: HOUR_SECONDS + 5, result: { mismatches: 1 } }),
    ],
    [
      "a result that nobody expects",
      () => addRun(stage, { job: "followups", result: { backstop: { completedCount: "lots" } } }),
    ],
    ["an instance paused for another reason", () => pauseInstance("lead_replied")],
    ["one sync that failed", () => failSyncs(1)],
    [
      "the breaker of a run for one workspace",
      () => addRun(stage, { job: "appointment-reconcile", onlyClientId: "w1", result: { circuitBroken: true } }),
    ],
    [
      "a dead credential that was taken away",
      async () => {
        await killCredentials(1);
        await stage.runtime.db.client.updateMany({ data: { ghlPrivateKey: null } });
      },
    ],
  ])("but not %s", async (_, happen) => {
    await everyJobRan();
    await happen();
    await look();
    expect(await alarms()).toEqual([]);
  });
});

describe("a receiver", () => {
  it.each<[string, (receiver: Receiver) => unknown, RegExp]>([
    ["that answers 500", (to) => (to.answers = ([, response]) => reply(response, { status: 500 })), /answered 500/],
    [
      "that redirects",
      (to) => (to.answers = ([, response]) => reply(response, { status: 302, headers: { location: to.url } })),
      /answered 302/,
    ],
    ["that never answers", (to) => (to.answers = () => {}), /did not answer within 3000 ms/],
    ["that is not there", (to) => to.close(), /connection failed \(ECONNREFUSED\)/],
  ])("%s hears of the change from a later run", async (_, breakIt, reason) => {
    await everyJobRan();
    await killCredentials(1);
    breakIt(receiver);
    await look();
    const { db } = stage.runtime;
    expect(await db.alert.findMany()).toMatchObject([
      { status: "pending", attempts: 1, claimToken: null, lastError: expect.stringMatching(reason) },
    ]);
    expect(JSON.stringify(await db.alert.findMany())).not.toContain("hook-secret");
    const later = await startReceiver();
    onTestFinished(() => later.close());
    const deps = tellTo(later);
    await look(deps);
    expect(later.texts).toEqual([]);
    await waitIsOver();
    await look(deps);
    await look(deps);
    expect(later.texts).toEqual([expect.stringContaining("Workspace Acme (w1)")]);
    expect(await db.alert.findMany()).toMatchObject([{ status: "sent", attempts: 2, lastError: null }]);
  });

  it("hears twice rather than never of what a process told that died before it could say so", async () => {
    await everyJobRan();
    await killCredentials(1);
    await raiseAlarms(stage.deps);
    await claimAlerts(stage.runtime.db, "of-a-process-that-was-killed");
    await look();
    expect(receiver.texts).toEqual([]);
    await stage.runtime.db.$executeRaw`UPDATE "Alert" SET "claimedUntil" = now() - interval '1 millisecond'`;
    await look();
    expect(receiver.texts).toHaveLength(1);
  });

  it("that is away hears of everything at once when it is back, in one message", async () => {
    await everyJobRan();
    receiver.answers = ([, response]) => reply(response, { status: 503 });
    for (const count of [1, 2, 3]) {
      await killCredentials(count);
      await look();
    }
    receiver.answers = ([, response]) => reply(response, {});
    receiver.texts.length = 0;
    await waitIsOver();
    await look();
    expect(receiver.texts).toEqual([expect.stringMatching(/^Leadline: 3 alarms\n/)]);
  });
});

async function look(deps: HealthDeps = tellTo(receiver)): Promise<void> {
  await raiseAlarms(deps);
  await tellAlerts(deps, new AbortController().signal);
}

function tellTo(someone: Receiver): HealthDeps {
  return { ...stage.deps, postAlert: createPostAlert(someone.url) };
}

async function everyJobRan(fields: { status?: string; agoSeconds?: number } = {}): Promise<void> {
  for (const { job } of stage.deps.jobs) await addRun(stage, { job, agoSeconds: 5, ...fields });
}

/** Moves a job's runs back by ten minutes. */
async function age(job: string): Promise<void> {
  await stage.runtime.db.$executeRaw`
    UPDATE "CronRun" SET "startedAt" = "startedAt" - interval '10 minutes',
      "finishedAt" = "finishedAt" - interval '10 minutes' WHERE "job" = ${job}`;
}

/** The credentials of so many workspaces, `w1` and so on, are dead. */
async function killCredentials(count: number): Promise<void> {
  const { db } = stage.runtime;
  const ids = Array.from({ length: count }, (_, index) => `w${index + 1}`);
  await db.client.createMany({
    data: ids.map((id) => ({ id, name: "Acme", ghlPrivateKey: "key" })),
    skipDuplicates: true,
  });
  const dead = { provider: "GHL", credentialDead: true, openedAt: new Date(), openUntil: new Date() };
  await db.circuit.createMany({ data: ids.map((clientId) => ({ clientId, ...dead })), skipDuplicates: true });
}

async function pauseInstance(pausedReason: string): Promise<void> {
  const { db } = stage.runtime;
  const { id: clientId } = await db.client.create({ data: { name: "Acme" } });
  const { id: leadId } = await db.lead.create({ data: { clientId } });
  const { id: sequenceId } = await db.followUpSequence.create({ data: { clientId, name: "Nudge" } });
  await db.followUpInstance.create({ data: { leadId, sequenceId, status: "paused", pausedReason } });
}

/** After a good one, so many syncs of a workspace failed; those of one without WhatsApp count for nothing. */
async function failSyncs(count: number): Promise<void> {
  const { db } = stage.runtime;
  const whatsApp = { kapsoPhoneId: "phone-1", kapsoApiKey: "key" };
  const { id } = await db.client.create({ data: { name: "Acme", ...whatsApp } });
  const { id: without } = await db.client.create({ data: { name: "Beta" } });
  const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 9, minute));
  const sync = { contactsChecked: 0, staleFound: 0, flagged: 0 };
  await db.syncHealth.create({ data: { ...sync, clientId: id, runAt: at(0) } });
  for (const clientId of [...Array.from({ length: count }, () => id), without, without]) {
    await db.syncHealth.create({ data: { ...sync, clientId, runAt: at(1), error: "Kapso: answered 500" } });
  }
}

async function standStill(job: string): Promise<void> {
  for (const _ of Array.from({ length: 5 }))
    await addRun(stage, { job, status: "partial", result: { results: { due: 0 } } });
}

async function alarms(): Promise<[key: string, state: string, change: number][]> {
  const rows = await stage.runtime.db.alarm.findMany({ orderBy: { key: "asc" } });
  return rows.map(({ key, state, change }) => [key, state, change]);
}

async function waitIsOver(): Promise<void> {
  await stage.runtime.db.$executeRaw`UPDATE "Alert" SET "nextAttemptAt" = now() - interval '1 millisecond'`;
}
