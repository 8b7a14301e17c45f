import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CutOffError } from "@/lib/core/errors";
import type { Fault } from "@/scripts/sandbox/faults";
import { addKapsoLead, addKapsoWorkspace, openScene, type Scene, type TestWorkspace } from "@/scripts/testing/scene";
import {
  addQuietLead,
  healthOf,
  hoursAgo,
  messagesOf,
  notesOf,
  personOf,
  syncOnce,
} from "@/scripts/testing/sync-story";
import type { SyncStep } from "./deps";

let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ PROVIDER_TIMEOUT_MS: "800", CIRCUIT_COOLDOWN_SECONDS: "3600" });
});
afterEach(() => scene.close());

async function addTalker(workspace: TestWorkspace) {
  const lead = await addKapsoLead(scene, workspace);
  const message = scene.sandbox.kapso.receive(workspace.account, personOf(lead));
  return { lead, message };
}

const spoil = (fault: Fault, path = /./, times?: number) =>
  scene.sandbox.faults.add({ match: { provider: "KAPSO", path }, fault, ...(times !== undefined && { times }) });

describe("a workspace whose Kapso", () => {
  it.each<[string, Fault, string, RegExp]>([
    ["is down", { kind: "server_error", status: 503 }, "transient", /answered 503/],
    ["resets connections", { kind: "reset" }, "transient", /connection failed/],
    ["never answers", { kind: "no_answer" }, "transient", /no answer within 800 ms/],
    ["answers drop by drop", { kind: "slow_loris", everyMs: 20 }, "transient", /no answer within 800 ms/],
    ["shows a page for people", { kind: "html" }, "malformed", /not JSON/],
    ["answers something else", { kind: "wrong_type", value: [1] }, "malformed", /unexpected shape/],
    ["goes in circles", { kind: "looping_page_token" }, "malformed", /no end/],
    ["refuses the key", { kind: "unauthorized" }, "auth", /answered 401, twice/],
    ["has no such number", { kind: "not_found" }, "not_found", /answered 404/],
  ])("%s has a row that says so, flags nobody, and is made good by the next run", async (_, fault, kind, text) => {
    const workspace = await addKapsoWorkspace(scene);
    const { lead } = await addTalker(workspace);
    const quiet = await addQuietLead(scene, workspace, 5);
    const rule = spoil(fault);
    const failed = await syncOnce(scene);
    expect(failed).toMatchObject({ workspaces: 1, errors: 1, errorsByKind: { [kind]: 1 }, flagged: 0 });
    expect(await healthOf(scene, workspace)).toMatchObject([{ error: expect.stringMatching(text), staleFound: 1 }]);
    expect(await notesOf(scene, quiet)).toEqual([]);
    rule.remove();
    await scene.runtime.db.circuit.deleteMany();
    expect(await syncOnce(scene)).toMatchObject({ errors: 0, missed: 1 - failed.missed, flagged: 1 });
    expect(await messagesOf(scene, lead)).toHaveLength(1);
    expect(await notesOf(scene, lead)).toEqual(["Missed webhook: 1 messages recovered"]);
    expect((await healthOf(scene, workspace)).at(-1)).toMatchObject({ error: null });
  });

  it("fails touches no other", async () => {
    const [well, ill] = [await addKapsoWorkspace(scene), await addKapsoWorkspace(scene)];
    const { lead } = await addTalker(well);
    await addTalker(ill);
    spoil({ kind: "server_error", status: 500 }, new RegExp(ill.account));
    expect(await syncOnce(scene)).toMatchObject({ workspaces: 2, errors: 1, missed: 1, exhausted: true });
    expect(await messagesOf(scene, lead)).toHaveLength(1);
    expect(await healthOf(scene, well)).toMatchObject([{ error: null, missed: 1 }]);
    expect(await healthOf(scene, ill)).toMatchObject([{ error: expect.any(String), missed: 0 }]);
  });

  it("says that it is asked too often is asked again when it said, if there is time for that", async () => {
    const workspace = await addKapsoWorkspace(scene);
    await addTalker(workspace);
    const rule = spoil({ kind: "rate_limited", headers: "real", waitMs: 1000 }, /./, 1);
    expect(await syncOnce(scene)).toMatchObject({ errors: 0, missed: 1 });
    expect(rule.hits).toBe(1);
    rule.remove();
    spoil({ kind: "rate_limited", headers: "real", waitMs: 60_000 });
    const limited = await syncOnce(scene, { budgetMs: 5000 });
    expect(limited).toMatchObject({ errors: 1, errorsByKind: { rate_limited: 1 }, stopReason: "limit" });
    expect(await scene.runtime.db.circuit.count({ where: { openUntil: { not: null } } })).toBe(0);
  });

  it("has a dead key is left alone until the cool-down is over, and then tried with one look", async () => {
    const workspace = await addKapsoWorkspace(scene);
    const { lead } = await addTalker(workspace);
    const rule = spoil({ kind: "forbidden" });
    await syncOnce(scene);
    scene.sandbox.ledger.clear();
    expect(await syncOnce(scene)).toMatchObject({ errors: 1, errorsByKind: { circuit_open: 1 }, exhausted: true });
    expect(scene.sandbox.ledger.entries).toEqual([]);
    expect((await healthOf(scene, workspace)).at(-1)?.error).toMatch(/circuit is open/);
    const coolDown = () => scene.runtime.db.circuit.updateMany({ data: { openUntil: new Date(0) } });
    await coolDown();
    expect(await syncOnce(scene)).toMatchObject({ errors: 1 });
    expect(scene.sandbox.ledger.entries).toHaveLength(1);
    rule.remove();
    await coolDown();
    expect(await syncOnce(scene)).toMatchObject({ errors: 0, missed: 1 });
    expect(await messagesOf(scene, lead)).toHaveLength(1);
  });
});

describe("a statement that fails", () => {
  it("in one workspace is that workspace's failure, and touches no other", async () => {
    const [well, ill] = [await addKapsoWorkspace(scene), await addKapsoWorkspace(scene)];
    const { lead } = await addTalker(well);
    await addTalker(ill);
    const { db } = scene.runtime;
    await db.$executeRawUnsafe(
      `ALTER TABLE "SyncHealth" ADD CONSTRAINT "not_for_some" CHECK ("clientId" <> '${ill.id}') NOT VALID`,
    );
    const run = await syncOnce(scene);
    expect(run).toMatchObject({ workspaces: 2, errors: 1, errorsByKind: { internal: 1 }, exhausted: true });
    expect(await messagesOf(scene, lead)).toHaveLength(1);
    expect(await healthOf(scene, well)).toMatchObject([{ error: null }]);
    expect(await db.lease.count({ where: { expiresAt: { gt: new Date() } } })).toBe(0);
  });

  it("because the database is gone fails the run", async () => {
    await addTalker(await addKapsoWorkspace(scene));
    const { openSession } = scene.runtime.backgroundSync;
    const losing: typeof openSession = async () => {
      throw Object.assign(new Error("gone"), { code: "ECONNREFUSED" });
    };
    await expect(syncOnce(scene, { deps: { openSession: losing } })).rejects.toThrow("gone");
  });
});

describe("a conversation that cannot be read", () => {
  it("holds up no other one; only its own contact is not flagged, and it is asked for again", async () => {
    const workspace = await addKapsoWorkspace(scene);
    const [broken, fine] = [await addTalker(workspace), await addTalker(workspace)];
    const lost = await addQuietLead(scene, workspace, 9);
    scene.sandbox.kapso.receive(workspace.account, personOf(lost));
    await scene.runtime.db.lead.updateMany({ data: { lastActivityAt: new Date(0) } });
    const isItsOwn = (id: string) => (request: { query: URLSearchParams }) =>
      request.query.get("conversation_id") === id;
    const rule = scene.sandbox.faults.add({
      match: isItsOwn(broken.message.conversation.id),
      fault: { kind: "unprocessable" },
    });
    expect(await syncOnce(scene)).toMatchObject({ errors: 1, listed: 3, verified: 2, missed: 2, stale: 1, flagged: 0 });
    expect(await messagesOf(scene, fine.lead)).toHaveLength(1);
    expect(await healthOf(scene, workspace)).toMatchObject([{ error: expect.stringMatching(/^1 not compared/) }]);
    rule.remove();
    scene.sandbox.ledger.clear();
    expect(await syncOnce(scene)).toMatchObject({ errors: 0, missed: 1 });
    expect(await messagesOf(scene, broken.lead)).toHaveLength(1);
  });

  it("because it is not found is no failure: it is asked for again, and its contact not flagged", async () => {
    const workspace = await addKapsoWorkspace(scene);
    const lead = await addQuietLead(scene, workspace, 9);
    scene.sandbox.kapso.receive(workspace.account, personOf(lead), { at: hoursAgo(9) });
    const rule = spoil({ kind: "not_found" }, /messages$/);
    const none = { errors: 0, listed: 1, verified: 0, missed: 0, flagged: 0 };
    expect(await syncOnce(scene)).toMatchObject(none);
    expect(await syncOnce(scene)).toMatchObject(none);
    rule.remove();
    expect(await syncOnce(scene)).toMatchObject({ errors: 0, verified: 1, missed: 1 });
    expect(await messagesOf(scene, lead)).toHaveLength(1);
  });
});

describe("rows that are none", () => {
  it("are counted, cost nobody else's row, and keep the window open until they can be read", async () => {
    const workspace = await addKapsoWorkspace(scene);
    const leads = await Promise.all([1, 2, 3, 4].map(() => addTalker(workspace)));
    const rule = spoil({ kind: "odd_rows" }, /conversations$/);
    const run = await syncOnce(scene);
    expect(run).toMatchObject({ errors: 0, oddRows: 2, verified: 2, missed: 2 });
    rule.remove();
    await scene.runtime.db.client.updateMany({ data: { backgroundSyncedAt: null } });
    expect(await syncOnce(scene)).toMatchObject({ oddRows: 0, missed: 2 });
    for (const { lead } of leads) expect(await messagesOf(scene, lead)).toHaveLength(1);
  });

  it("may be anybody's conversation: nobody is called quiet, until they are given up after a week", async () => {
    const workspace = await addKapsoWorkspace(scene);
    const lead = await addQuietLead(scene, workspace, 9);
    const stranger = await addKapsoLead(scene, workspace);
    scene.sandbox.kapso.receive(workspace.account, personOf(stranger));
    const rule = spoil({ kind: "odd_rows" }, /conversations$/);
    const unread = { errors: 0, oddRows: 1, stale: 1 };
    expect(await syncOnce(scene)).toMatchObject({ ...unread, flagged: 0 });
    const comparedDaysAgo = (days: number) =>
      scene.runtime.db.client.update({
        where: { id: workspace.id },
        data: { messagesVerifiedAt: hoursAgo(days * 24) },
      });
    await comparedDaysAgo(6.9);
    expect(await syncOnce(scene)).toMatchObject({ ...unread, flagged: 0 });
    await comparedDaysAgo(7.1);
    expect(await syncOnce(scene)).toMatchObject({ ...unread, flagged: 1 });
    expect(await notesOf(scene, lead)).toHaveLength(1);
    rule.remove();
  });

  it("and rows that come twice, and texts that no database takes, are no trouble", async () => {
    const workspace = await addKapsoWorkspace(scene);
    const { lead } = await addTalker(workspace);
    const repeated = spoil({ kind: "repeated_ids" });
    expect(await syncOnce(scene)).toMatchObject({ errors: 0, missed: 1, recovered: 1 });
    repeated.remove();
    scene.sandbox.kapso.receive(workspace.account, personOf(lead), { body: "half an emoji \ud83d" });
    const nul = spoil({ kind: "nul_bytes" }, /messages$/);
    expect(await syncOnce(scene)).toMatchObject({ errors: 0 });
    nul.remove();
    expect((await messagesOf(scene, lead)).map(({ body }) => body)).toContain("half an emoji \ufffd");
  });
});

const turnsSoFar = async () => (await scene.runtime.db.syncHealth.findMany()).map(({ clientId }) => clientId);

describe("a run whose time is up", () => {
  it("ends, says so, and the next one goes on where it stopped", async () => {
    const workspace = await addKapsoWorkspace(scene);
    const talkers = await Promise.all(Array.from({ length: 12 }, () => addTalker(workspace)));
    const time = new AbortController();
    let recovered = 0;
    const onStep = (step: SyncStep) => {
      if (step === "messages_recovered" && ++recovered === 5) time.abort(new CutOffError("the time is up"));
    };
    const first = await syncOnce(scene, { signal: time.signal, deps: { onStep } });
    expect(first).toMatchObject({ exhausted: false, stopReason: "time_budget", errors: 1, flagged: 0 });
    expect(first.verified).toBeGreaterThan(0);
    expect(first.verified).toBeLessThan(12);
    // What was compared a while ago and quiet since is not read again.
    await scene.runtime.db.$executeRaw`UPDATE "ConversationMark" SET "comparedAt" = now() + interval '11 minutes'`;
    scene.sandbox.ledger.clear();
    expect(await syncOnce(scene)).toMatchObject({ errors: 0, verified: 12 - first.verified, exhausted: true });
    expect(scene.sandbox.ledger.count({ path: /messages$/ })).toBe(12 - first.verified);
    for (const { lead } of talkers) expect(await messagesOf(scene, lead)).toHaveLength(1);
    expect(await scene.runtime.db.conversationMark.count()).toBe(0);
  });

  it("leaves the workspaces that it did not get to for the next one, which takes them first", async () => {
    const workspaces = await Promise.all(Array.from({ length: 8 }, () => addKapsoWorkspace(scene)));
    const time = new AbortController();
    let opened = 0;
    const { openSession: open } = scene.runtime.backgroundSync;
    const openSession: typeof open = (...given) => {
      if (++opened === 3) time.abort(new CutOffError("the time is up"));
      return open(...given);
    };
    const first = await syncOnce(scene, { signal: time.signal, deps: { openSession } });
    expect(first).toMatchObject({ exhausted: false, stopReason: "time_budget" });
    expect(first.workspaces).toBeLessThanOrEqual(5);
    const had = new Set(await turnsSoFar());
    const waiting = workspaces.filter(({ id }) => !had.has(id)).map(({ account }) => account);
    expect(waiting).toHaveLength(8 - first.workspaces);
    scene.sandbox.ledger.clear();
    expect(await syncOnce(scene)).toMatchObject({ workspaces: 8, exhausted: true });
    const asked = scene.sandbox.ledger.entries.map(({ path }) => path.split("/")[1] ?? "");
    // Three at a time, so that the last of them may be overtaken by the first of the rest.
    expect(waiting).toEqual(expect.arrayContaining(asked.slice(0, 3)));
  });
});
