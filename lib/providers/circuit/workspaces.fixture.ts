import { expect } from "vitest";
import type { ReconcileSettings } from "@/lib/appointment-reconcile/deps";
import type { Fault } from "@/scripts/sandbox/faults";
import { addGhlLead, addGhlWorkspace, reconcileOnce, type Scene, type TestWorkspace } from "@/scripts/testing/scene";

/** A workspace with leads that were never checked, and perhaps with a provider that does this to all its requests. */
export async function addWorkspace(
  scene: Scene,
  given: { leads: number; fault?: Fault; times?: number },
): Promise<TestWorkspace> {
  const workspace = await addGhlWorkspace(scene);
  for (let added = 0; added < given.leads; added++) await addGhlLead(scene, workspace);
  const { fault, times } = given;
  if (fault) addFault(scene, workspace, fault, times === undefined ? {} : { times });
  return workspace;
}

export function addFault(scene: Scene, { account }: TestWorkspace, fault: Fault, options: { times?: number } = {}) {
  return scene.sandbox.faults.add({ match: { account }, fault, ...options });
}

/** A workspace with leads left to check, whose circuit is half-open, and whose provider still fails while the rule is there. */
export async function addBrokenWorkspace(scene: Scene) {
  const workspace = await addWorkspace(scene, { leads: 12 });
  const rule = addFault(scene, workspace, { kind: "html" });
  await reconcileOnce(scene, { clientId: workspace.id });
  await scene.runtime.db.$executeRaw`
    UPDATE "Circuit" SET "openUntil" = clock_timestamp() - interval '1 second' WHERE "clientId" = ${workspace.id}`;
  return { workspace, rule };
}

export async function removeWorkspaces(scene: Scene): Promise<void> {
  await scene.runtime.db.client.deleteMany();
}

/** A run passes the workspace over: its circuit is open. */
export async function expectToCostNothing(scene: Scene, workspace: TestWorkspace): Promise<void> {
  const before = requestsOf(scene, workspace);
  const run = await reconcileOnce(scene, { clientId: workspace.id });
  expect(run).toMatchObject({ leadsChecked: 0, workspacesProcessed: 0, skippedCircuitOpen: 1, exhausted: true });
  expect(requestsOf(scene, workspace)).toBe(before);
}

export function withSettings(scene: Scene, settings: Partial<ReconcileSettings>) {
  return { settings: { ...scene.runtime.reconcile.settings, ...settings } };
}

/** How many requests the workspace's provider has got so far. */
export function requestsOf(scene: Scene, { account }: TestWorkspace): number {
  return scene.sandbox.ledger.count({ account });
}

export function circuitOf(scene: Scene, { id }: TestWorkspace) {
  return scene.runtime.db.circuit.findUnique({ where: { clientId_provider: { clientId: id, provider: "GHL" } } });
}

export function leadsOf(scene: Scene, { id }: TestWorkspace) {
  return scene.runtime.db.lead.findMany({ where: { clientId: id }, orderBy: { id: "asc" } });
}
