import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requestsBeforeReset } from "@/scripts/sandbox/rate-window";
import { openScene, reconcileOnce, type Scene, type TestWorkspace } from "@/scripts/testing/scene";
import {
  addBrokenWorkspace,
  addFault,
  addWorkspace,
  circuitOf,
  leadsOf,
  removeWorkspaces,
  requestsOf,
  withSettings,
} from "./circuit/workspaces.fixture";

let scene: Scene;
beforeAll(async () => {
  scene = await openScene({ CIRCUIT_COOLDOWN_SECONDS: "300" });
});
afterAll(() => scene.close());

/** Checks that open a circuit, and those that may be under way beside the last of them. */
const CHECKS_MIN = 5;
const CHECKS_MAX = CHECKS_MIN + 3;

describe("a dry run", () => {
  it("stops asking a provider that fails, and writes neither circuits nor waits", async () => {
    const workspace = await addWorkspace(scene, { leads: 15, fault: { kind: "server_error", status: 500 } });
    const before = await leadsOf(scene, workspace);
    const run = await reconcileOnce(scene, { clientId: workspace.id, dryRun: true });
    expect(run.errors).toBeGreaterThanOrEqual(CHECKS_MIN);
    expect(run.leadsChecked).toBeLessThanOrEqual(CHECKS_MAX);
    expect(await circuitOf(scene, workspace)).toBeNull();
    expect(await leadsOf(scene, workspace)).toEqual(before);
  });

  it("takes a half-open circuit for open, and leaves its probe to others", async () => {
    const { workspace } = await addBrokenWorkspace(scene);
    const [requests, circuit] = [requestsOf(scene, workspace), await circuitOf(scene, workspace)];
    const run = await reconcileOnce(scene, { clientId: workspace.id, dryRun: true });
    expect(run).toMatchObject({ leadsChecked: 0, skippedCircuitOpen: 1 });
    expect(requestsOf(scene, workspace)).toBe(requests);
    expect(await circuitOf(scene, workspace)).toEqual(circuit);
  });
});

describe("a workspace that is told to wait", () => {
  it("is left alone until the reset, and meanwhile its place is another's", async () => {
    const [limited, other] = await addTwoInTurn();
    addFault(scene, limited, { kind: "rate_limited", headers: "real", waitMs: 2000 }, { times: 1 });
    scene.sandbox.ledger.clear();
    const onePlace = withSettings(scene, { workspaceConcurrency: 1, leadConcurrency: 1 });
    const run = await reconcileOnce(scene, { deps: onePlace });
    const accounts = scene.sandbox.ledger.entries.map(({ account }) => account);
    const [a, b] = [limited.account, other.account];
    expect(accounts).toEqual([a, b, b, b, a, a, a]);
    expect(requestsBeforeReset(scene.sandbox.ledger.entries)).toEqual([]);
    expect(run).toMatchObject({ leadsChecked: 6, errors: 0, exhausted: true, stopReason: "done" });
  });

  it("longer than the run lasts has its leads put back as they were, and nothing else is left to do", async () => {
    const [limited, other] = await addTwoInTurn();
    addFault(scene, limited, { kind: "rate_limited", headers: "none" });
    const before = await leadsOf(scene, limited);
    scene.sandbox.ledger.clear();
    const run = await reconcileOnce(scene, { budgetMs: 9000 });
    expect(run).toMatchObject({ leadsChecked: 3, skipped: 3, errors: 0, exhausted: true, circuitBroken: false });
    expect(run.skippedByReason).toEqual({ rate_limited: 3 });
    expect(requestsOf(scene, other)).toBe(3);
    expect(requestsOf(scene, limited)).toBeLessThanOrEqual(3);
    expect(await leadsOf(scene, limited)).toEqual(before);
    expect(await circuitOf(scene, limited)).toBeNull();
  });
});

describe("workspaces that need not wait", () => {
  it("take their turns one after the other where there is one place", async () => {
    await removeWorkspaces(scene);
    const workspaces = [
      await addWorkspace(scene, { leads: 4 }),
      await addWorkspace(scene, { leads: 4 }),
      await addWorkspace(scene, { leads: 4 }),
    ];
    scene.sandbox.ledger.clear();
    await reconcileOnce(scene, { deps: withSettings(scene, { workspaceConcurrency: 1 }) });
    const accounts = scene.sandbox.ledger.entries.map(({ account }) => account);
    const turns = accounts.filter((account, index) => account !== accounts[index - 1]);
    expect(turns.toSorted()).toEqual(workspaces.map(({ account }) => account).toSorted());
  });

  it("write their circuit no more once its window is full of successes", async () => {
    const workspace = await addWorkspace(scene, { leads: 20 });
    const version = () =>
      scene.runtime.db.$queryRaw`SELECT xmin::text FROM "Circuit" WHERE "clientId" = ${workspace.id}`;
    await reconcileOnce(scene, { clientId: workspace.id });
    const before = await version();
    await reconcileOnce(scene, { clientId: workspace.id });
    expect(await version()).toEqual(before);
    expect(before).toHaveLength(1);
  });
});

/** The only two workspaces, three leads each, the first of which has its turn first. */
async function addTwoInTurn(): Promise<[TestWorkspace, TestWorkspace]> {
  await removeWorkspaces(scene);
  const [first, second] = [await addWorkspace(scene, { leads: 3 }), await addWorkspace(scene, { leads: 3 })];
  const data = { appointmentReconciledAt: new Date() };
  await scene.runtime.db.client.update({ where: { id: second.id }, data });
  return [first, second];
}
