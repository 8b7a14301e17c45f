import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { dueTimesAt, getEligibleWorkspaces } from "@/lib/appointment-reconcile/eligibility";
import type { Workspace } from "@/lib/appointment-reconcile/records";
import type { OpenSession } from "@/lib/appointment-reconcile/session";
import { reconcileSingleLead } from "@/lib/appointment-reconcile/single-lead";
import { startDeadline } from "@/lib/core/time";
import type { Fault } from "@/scripts/sandbox/faults";
import { runScript } from "@/scripts/testing/process";
import {
  addGhlLead,
  openScene,
  reconcile,
  reconcileOnce,
  type Scene,
  type TestWorkspace,
} from "@/scripts/testing/scene";
import {
  addBrokenWorkspace,
  addFault,
  addWorkspace,
  circuitOf,
  expectToCostNothing,
  leadsOf,
  removeWorkspaces,
  requestsOf,
  withSettings,
} from "./workspaces.fixture";

let scene: Scene;
beforeAll(async () => {
  scene = await openScene({ PROVIDER_TIMEOUT_MS: "500", CIRCUIT_COOLDOWN_SECONDS: "300" });
});
afterAll(() => scene.close());

/** Checks that open a circuit, and those that may be under way beside the last of them. */
const CHECKS_MIN = 5;
const CHECKS_MAX = CHECKS_MIN + 3;

const FAILURES: [string, Fault][] = [
  ["a server error", { kind: "server_error", status: 500 }],
  ["a gateway's page", { kind: "server_error", status: 502, body: "html" }],
  ["a reset connection", { kind: "reset" }],
  ["no answer", { kind: "no_answer" }],
  ["an answer that drips", { kind: "slow_loris", everyMs: 20 }],
  ["a page for people", { kind: "html" }],
  ["half an answer", { kind: "truncated" }],
  ["an answer of another kind", { kind: "wrong_type", value: 42 }],
];

describe("a workspace whose provider fails", () => {
  it.each(FAILURES)(
    "with %s is asked about no more leads than it takes to see it, and then left alone",
    async (_name, fault) => {
      const workspace = await addWorkspace(scene, { leads: 15, fault });
      const run = await reconcileOnce(scene, { clientId: workspace.id });
      expect(run.leadsChecked).toBeGreaterThanOrEqual(CHECKS_MIN);
      expect(run.leadsChecked).toBeLessThanOrEqual(CHECKS_MAX);
      expect(run).toMatchObject({ errors: run.leadsChecked, skippedByReason: { circuit_open: 15 - run.leadsChecked } });
      expect(await circuitOf(scene, workspace)).toMatchObject({ openUntil: expect.any(Date), probeUntil: null });
      await expectToCostNothing(scene, workspace);
    },
  );

  it("shows nobody's name, address or token in the reason", async () => {
    const workspace = await addWorkspace(scene, { leads: 8, fault: { kind: "server_error", status: 503 } });
    await reconcileOnce(scene, { clientId: workspace.id });
    expect((await circuitOf(scene, workspace))?.reason).toMatch(/^GHL: list appointments of contact: answered 503/);
  });

  it("is asked on while what fails is one thing asked for: a 422 says nothing about the provider", async () => {
    const workspace = await addWorkspace(scene, { leads: 12, fault: { kind: "unprocessable" } });
    const run = await reconcileOnce(scene, { clientId: workspace.id });
    expect(run).toMatchObject({ leadsChecked: 12, errors: 12 });
    expect(await circuitOf(scene, workspace)).toMatchObject({ openUntil: null, outcomes: [] });
  });

  it("repeats at most one request in five, and one more at the start of a process", async () => {
    await removeWorkspaces(scene);
    const workspace = await addWorkspace(scene, { leads: 15, fault: { kind: "server_error", status: 500 } });
    const { stdout } = await runScript("scripts/testing/workers/reconcile.ts", [], scene.environment);
    const checked =
      15 - (await leadsOf(scene, workspace)).filter((lead) => lead.appointmentLastCheckedAt === null).length;
    expect(stdout).toContain('"circuitBroken":');
    expect(checked).toBeGreaterThanOrEqual(CHECKS_MIN);
    expect(requestsOf(scene, workspace)).toBeLessThanOrEqual(checked * 1.2 + 1);
  });
});

describe("a refused credential", () => {
  it("that is taken the second time changes nothing", async () => {
    const workspace = await addWorkspace(scene, { leads: 6, fault: { kind: "command_timed_out" }, times: 1 });
    const run = await reconcileOnce(scene, { clientId: workspace.id });
    expect(run).toMatchObject({ leadsChecked: 6, noChange: 6, errors: 0 });
    expect(requestsOf(scene, workspace)).toBe(7);
    expect(await circuitOf(scene, workspace)).toMatchObject({ openUntil: null, outcomes: Array(6).fill(false) });
  });

  it.each<[string, Fault, number]>([
    ["twice", { kind: "unauthorized" }, 2],
    ["for good", { kind: "forbidden" }, 1],
  ])("%s opens the circuit at the first lead, which counts as an error", async (_name, fault, requests) => {
    const workspace = await addWorkspace(scene, { leads: 6, fault });
    const run = await reconcileOnce(scene, {
      clientId: workspace.id,
      deps: withSettings(scene, { leadConcurrency: 1 }),
    });
    expect(run).toMatchObject({ leadsChecked: 1, errors: 1, errorsByKind: { auth: 1 } });
    expect(requestsOf(scene, workspace)).toBe(requests);
    await expectToCostNothing(scene, workspace);
  });
});

describe("after the cool-down", () => {
  it("exactly one lead goes through, whoever else comes meanwhile, and if it went well all the others may", async () => {
    const { workspace, rule } = await addBrokenWorkspace(scene);
    rule.remove();
    const before = requestsOf(scene, workspace);
    const door = holdAtTheDoor();
    const first = reconcileOnce(scene, { clientId: workspace.id, deps: { openSession: door.openSession } });
    await door.isReached;
    expect(await reconcile(scene, { clientId: workspace.id })).toBe("locked");
    expect(await lookAtOneLead(workspace)).toEqual({ kind: "skipped", reason: "circuit_open" });
    door.open();
    expect(await first).toMatchObject({ leadsChecked: 1, errors: 0, exhausted: false });
    expect(requestsOf(scene, workspace)).toBe(before + 1);
    expect(await circuitOf(scene, workspace)).toMatchObject({ openUntil: null, outcomes: [], reason: null });
    const rest = await reconcileOnce(scene, { clientId: workspace.id });
    expect(rest.leadsChecked).toBeGreaterThan(1);
    expect(rest).toMatchObject({ errors: 0, exhausted: true });
  });

  it("one lead that fails opens the circuit again for as long as before", async () => {
    const { workspace } = await addBrokenWorkspace(scene);
    const run = await reconcileOnce(scene, { clientId: workspace.id });
    expect(run).toMatchObject({ leadsChecked: 1, errors: 1 });
    await expectToCostNothing(scene, workspace);
  });

  it("one of twenty who come at once goes through", async () => {
    const { workspace } = await addBrokenWorkspace(scene);
    const chosen = await choose(workspace);
    const sessions = await Promise.all(Array.from({ length: 20 }, () => openSession(chosen)));
    const [one, ...more] = sessions.filter((session) => session !== "circuit_open");
    expect(one?.leadsMax).toBe(1);
    expect(more).toEqual([]);
    await one?.close();
    expect(await openSession(chosen)).toMatchObject({ leadsMax: 1 });
  });

  it("a probe that was cut off by a 429 is free for the next run", async () => {
    const { workspace, rule } = await addBrokenWorkspace(scene);
    rule.remove();
    const limited = addFault(scene, workspace, { kind: "rate_limited", headers: "real", waitMs: 60_000 });
    const cutOff = await reconcileOnce(scene, { clientId: workspace.id, budgetMs: 5000 });
    expect(cutOff).toMatchObject({ leadsChecked: 0, skippedByReason: { rate_limited: 1 } });
    expect(await circuitOf(scene, workspace)).toMatchObject({ openUntil: expect.any(Date), probeUntil: null });
    limited.remove();
    await scene.runtime.db.rateLimit.updateMany({ data: { blockedUntil: null } });
    expect(await reconcileOnce(scene, { clientId: workspace.id })).toMatchObject({ leadsChecked: 1, errors: 0 });
  });
});

describe("a run that chose its workspaces before another one opened a circuit", () => {
  it("finds it open when the workspace's turn comes", async () => {
    const workspace = await addWorkspace(scene, { leads: 8, fault: { kind: "forbidden" } });
    const chosen = await choose(workspace);
    await reconcileOnce(scene, { clientId: workspace.id });
    expect(await openSession(chosen)).toBe("circuit_open");
  });
});

/** The workspace as a run reads it at its beginning. */
async function choose({ id }: TestWorkspace): Promise<Workspace> {
  const times = dueTimesAt(new Date(), { hotMinutes: 0, staleDays: 0 });
  const [workspace] = (await getEligibleWorkspaces(scene.runtime.db, times, { clientId: id })).workspaces;
  if (!workspace) throw new Error("no lead of the workspace is due");
  return workspace;
}

function openSession(workspace: Workspace) {
  return scene.runtime.reconcile.openSession(workspace, { ...patience(), dryRun: false });
}

async function lookAtOneLead(workspace: TestWorkspace) {
  const lead = await addGhlLead(scene, workspace);
  return reconcileSingleLead(scene.runtime.reconcile, lead.id, patience());
}

function patience() {
  const deadline = startDeadline(30_000);
  onTestFinished(() => deadline.dispose());
  return { deadline, onParked: () => {}, onResumed: () => {} };
}

/** Opens sessions, and keeps those who have one from using it until the door opens. */
function holdAtTheDoor() {
  let open = () => {};
  let reach = () => {};
  const isOpen = new Promise<void>((resolve) => (open = resolve));
  const isReached = new Promise<void>((resolve) => (reach = resolve));
  const openSession: OpenSession = async (workspace, options) => {
    const session = await scene.runtime.reconcile.openSession(workspace, options);
    reach();
    await isOpen;
    return session;
  };
  return { openSession, isReached, open: () => open() };
}
