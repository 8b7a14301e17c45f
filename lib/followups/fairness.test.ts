import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addFollowUpSequence,
  addOpenWorkspace,
  addReachableLead,
  followUp,
  followUpOnce,
  minutesAgo,
  type StepFields,
  startInstance,
  textsTo,
} from "@/scripts/testing/follow-up-story";
import { openScene, type Scene, type TestWorkspace } from "@/scripts/testing/scene";

describe("a workspace with much to do", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene({ PROVIDER_TIMEOUT_MS: "300" });
  });
  afterAll(() => scene.close());

  const one = { workspaceConcurrency: 1, sendConcurrency: 2, claimsPerTurn: 20, sendTimeoutMs: 300 };

  /** A workspace of so many leads, all of them overdue for longer than anybody else. */
  async function addBusyWorkspace(count: number, steps: readonly StepFields[] = [{}]): Promise<TestWorkspace> {
    const workspace = await addOpenWorkspace(scene);
    const sequence = await addFollowUpSequence(scene, workspace, steps);
    const { db } = scene.runtime;
    const contact = scene.sandbox.ghl.addContact(workspace.account, { phone: "+15550100000" });
    await db.$executeRaw`
      INSERT INTO "Lead" ("id", "clientId", "firstName", "phone")
      SELECT ${workspace.id} || '-' || g, ${workspace.id}, 'Ada', '+15550100000' FROM generate_series(1, ${count}::int) g`;
    await db.$executeRaw`UPDATE "Lead" SET "ghlContactId" = ${contact.id} WHERE "id" = ${`${workspace.id}-1`}`;
    await db.$executeRaw`
      INSERT INTO "FollowUpInstance" ("leadId", "sequenceId", "startedAt", "nextStepDue")
      SELECT "id", ${sequence.id}, ${minutesAgo(9000)}::timestamptz, ${minutesAgo(8000)}::timestamptz
      FROM "Lead" WHERE "clientId" = ${workspace.id}`;
    return workspace;
  }

  /** A workspace of one lead, who has been due for a minute. */
  async function addQuietWorkspace() {
    const workspace = await addOpenWorkspace(scene);
    const lead = await addReachableLead(scene, workspace);
    await startInstance(scene, lead, await addFollowUpSequence(scene, workspace, [{}]), { nextStepDue: minutesAgo(1) });
    return { workspace, lead };
  }

  it("gets no more than its turn before each of the others had theirs", async () => {
    await addBusyWorkspace(400, [{ channel: "call" }]);
    const quiet = await addQuietWorkspace();
    let settledBefore = 0;
    const onStep = (step: string) => {
      if (step === "settled" && textsTo(scene, quiet.lead).length === 0) settledBefore++;
    };
    const ran = await followUpOnce(scene, { deps: { settings: one, onStep } });
    expect(ran.results).toMatchObject({ tasks: 400, sent: 1 });
    expect(settledBefore).toBeLessThanOrEqual(1);
    await scene.runtime.db.client.deleteMany({});
  });

  it.each<[string, readonly StepFields[], (busy: TestWorkspace) => unknown]>([
    ["a condition that nobody understands", [{ condition: { type: "if_raining" } }], () => {}],
    [
      "a credential that is dead",
      [{}],
      (busy) => scene.sandbox.faults.add({ match: { account: busy.account }, fault: { kind: "unauthorized" } }),
    ],
    [
      "a provider that never answers",
      [{}],
      (busy) => scene.sandbox.faults.add({ match: { account: busy.account }, fault: { kind: "no_answer" } }),
    ],
    [
      "a provider that takes nothing for ten minutes",
      [{}],
      (busy) =>
        scene.sandbox.faults.add({
          match: { account: busy.account },
          fault: { kind: "status", status: 429, headers: { "retry-after": "600" } },
        }),
    ],
  ])("is no obstacle for others, whatever ails it: %s", async (_, steps, ail) => {
    const busy = await addBusyWorkspace(200, steps);
    const { db } = scene.runtime;
    await db.$executeRaw`UPDATE "Lead" SET "ghlContactId" = "id" WHERE "clientId" = ${busy.id} AND "ghlContactId" IS NULL`;
    ail(busy);
    const quiet = await Promise.all([1, 2, 3].map(addQuietWorkspace));
    const ran = await followUp(scene, { deps: { settings: one }, budgetMs: 4_000 });
    scene.sandbox.faults.clear();
    expect(ran).toMatchObject({ results: { sent: 3 } });
    for (const { lead } of quiet) expect(textsTo(scene, lead)).toHaveLength(1);
    await db.client.deleteMany({});
  });

  it("whose account takes nothing for the rest of the run is not asked about again in it", async () => {
    const busy = await addBusyWorkspace(200);
    const { db } = scene.runtime;
    await db.$executeRaw`UPDATE "Lead" SET "ghlContactId" = "id" WHERE "clientId" = ${busy.id} AND "ghlContactId" IS NULL`;
    const fault = { kind: "status", status: 429, headers: { "retry-after": "600" } } as const;
    scene.sandbox.faults.add({ match: { account: busy.account }, fault });
    let claims = 0;
    const onStep = (step: string) => {
      if (step === "claimed") claims++;
    };
    const ran = await followUpOnce(scene, { deps: { settings: one, onStep } });
    scene.sandbox.faults.clear();
    expect(ran).toMatchObject({ exhausted: false, stopReason: "time_budget", results: { sent: 0, unknown: 0 } });
    expect(claims).toBeLessThanOrEqual(3);
    await db.client.deleteMany({});
  });

  it("whose turns fail is reported, and the others have theirs", async () => {
    const busy = await addBusyWorkspace(70);
    const quiet = await addQuietWorkspace();
    const { openSender } = scene.runtime.followups;
    const ran = await followUp(scene, {
      deps: {
        settings: one,
        openSender: async (workspace, provider, options) => {
          if (workspace.id === busy.id) throw new Error("out of luck");
          return openSender(workspace, provider, options);
        },
      },
    });
    expect(ran).toMatchObject({
      errors: [{ step: "due", message: `workspace ${busy.id}: out of luck` }],
      ...{ results: { sent: 1 }, exhausted: false },
    });
    expect(textsTo(scene, quiet.lead)).toHaveLength(1);
    await scene.runtime.db.client.deleteMany({});
  });

  it("is served again only when those that have waited longer were", async () => {
    const { db } = scene.runtime;
    const workspaces = await Promise.all([1, 2, 3].map(addQuietWorkspace));
    const served = [new Date("2026-01-03"), null, new Date("2026-01-02")];
    for (const [index, { workspace }] of workspaces.entries()) {
      await db.client.update({ where: { id: workspace.id }, data: { followUpsServedAt: served[index] ?? null } });
    }
    await followUpOnce(scene, { deps: { settings: one } });
    const [first, second, third] = workspaces.map(({ lead }) => deliveredAt(lead));
    expect([second, third, first]).toEqual([second, third, first].toSorted((a, b) => Number(a) - Number(b)));
    expect(await db.client.count({ where: { followUpsServedAt: { gt: new Date("2026-02-01") } } })).toBe(3);
  });

  const deliveredAt = (lead: { ghlContactId: string | null }) =>
    scene.sandbox.ghl.outbox.deliveries().findIndex((message) => message.contactId === lead.ghlContactId);
});
