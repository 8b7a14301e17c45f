import type { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sleep } from "@/lib/core/time";
import type { KapsoMessage } from "@/scripts/sandbox/kapso-model";
import { withPg } from "@/scripts/testing/pg";
import { addKapsoLead, addKapsoWorkspace, openScene, type Scene, type TestWorkspace } from "@/scripts/testing/scene";
import { addQuietLead, messagesOf, notesOf, personOf, sync, syncOnce } from "@/scripts/testing/sync-story";
import type { SyncDeps } from "./deps";

describe("while a run compares", () => {
  let scene: Scene;
  let workspace: TestWorkspace;
  let lead: Awaited<ReturnType<typeof addKapsoLead>>;
  let message: KapsoMessage;
  beforeAll(async () => {
    scene = await openScene();
  });
  beforeEach(async () => {
    workspace = await addKapsoWorkspace(scene);
    lead = await addKapsoLead(scene, workspace);
    message = scene.sandbox.kapso.receive(workspace.account, personOf(lead), { body: "Hello" });
  });
  afterAll(() => scene.close());

  const run = (deps = {}) => syncOnce(scene, { clientId: workspace.id, deps });

  it("a webhook's transaction that is still open is waited for, and there is one row", async () => {
    await inOpenTransaction(insertIt, async (commit) => {
      const running = run();
      await untilSomebodyWaits();
      await commit();
      expect(await running).toMatchObject({ errors: 0, verified: 1, missed: 0 });
    });
    expect(await messagesOf(scene, lead)).toMatchObject([{ externalId: message.id }]);
    expect(await notesOf(scene, lead)).toEqual([]);
  });

  it("a webhook that names the row which the run is about to name is no failure", async () => {
    await scene.runtime.db.message.create({
      data: { leadId: lead.id, channel: "whatsapp", direction: "inbound", body: "Hello", sentAt: message.at },
    });
    await inOpenTransaction(insertIt, async (commit) => {
      const running = run();
      await untilSomebodyWaits();
      await commit();
      expect(await running).toMatchObject({ errors: 0, verified: 1, missed: 0, named: 0 });
    });
    expect(await messagesOf(scene, lead)).toHaveLength(2);
  });

  it.each(["conversations", "messages"] as const)(
    "the lead may go (between %s and what is made of them), and the workspace, and neither is a failure",
    async (listing) => {
      const { db } = scene.runtime;
      const goes = afterPageOf(listing, () => db.$executeRaw`DELETE FROM "Lead" WHERE "id" = ${lead.id}`);
      expect(await run(goes)).toMatchObject({ workspaces: 1, errors: 0, missed: 0 });
      scene.sandbox.kapso.receive(workspace.account, personOf(await addKapsoLead(scene, workspace)));
      const allGoes = afterPageOf(listing, () => db.$executeRaw`DELETE FROM "Client" WHERE "id" = ${workspace.id}`);
      expect(await run(allGoes)).toMatchObject({ workspaces: 0, errors: 0, missed: 0 });
    },
  );

  it("another one that took its lease over does the rest: the first writes nothing more", async () => {
    const quiet = await addQuietLead(scene, workspace, 5);
    const { db } = scene.runtime;
    const takeOver = () =>
      db.$executeRaw`UPDATE "Lease" SET "fence" = "fence" + 1 WHERE "key" LIKE '%' || ${workspace.id}`;
    expect(await sync(scene, { clientId: workspace.id, deps: afterPageOf("messages", takeOver) })).toBe("locked");
    expect(await messagesOf(scene, lead)).toEqual([]);
    expect(await notesOf(scene, quiet)).toEqual([]);
    expect(await db.syncHealth.count({ where: { clientId: workspace.id } })).toBe(0);
  });

  it("of two at once, one is told that it is locked", async () => {
    const runs = await Promise.all([1, 2, 3].map(() => sync(scene, { clientId: workspace.id })));
    const ran = runs.filter((one) => one !== "locked");
    expect(ran.length).toBeGreaterThan(0);
    expect(ran.reduce((sum, one) => sum + one.missed, 0)).toBe(1);
    expect(await notesOf(scene, lead)).toHaveLength(1);
  });

  /** As the program that receives webhooks does. */
  async function insertIt(client: Client): Promise<void> {
    const insert = `INSERT INTO "Message" ("leadId", "channel", "direction", "body", "externalId", "sentAt")
      VALUES ($1, 'whatsapp', 'inbound', 'Hello', $2, $3)`;
    await client.query(insert, [lead.id, message.id, message.at]);
  }

  async function inOpenTransaction(
    write: (client: Client) => Promise<void>,
    meanwhile: (commit: () => Promise<unknown>) => Promise<void>,
  ): Promise<void> {
    await withPg(scene.databaseUrl, async (client) => {
      await client.query("BEGIN");
      await write(client);
      await meanwhile(() => client.query("COMMIT"));
    });
  }

  async function untilSomebodyWaits(): Promise<void> {
    for (;;) {
      const [row] = await scene.runtime.db.$queryRaw<{ waiting: number }[]>`
        SELECT count(*)::int AS "waiting" FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      if (row && row.waiting > 0) return;
      await sleep(5);
    }
  }

  /** Lets something happen once, between a page of a listing and what is made of it. */
  function afterPageOf(listing: "conversations" | "messages", happen: () => Promise<unknown>): Partial<SyncDeps> {
    const { openSession } = scene.runtime.backgroundSync;
    let left = 1;
    async function* interrupted<T>(pages: AsyncIterable<T>): AsyncGenerator<T> {
      for await (const page of pages) {
        if (left-- > 0) await happen();
        yield page;
      }
    }
    return {
      openSession: async (...given) => {
        const session = await openSession(...given);
        if (session === "circuit_open") return session;
        const { source } = session;
        const conversations: typeof source.conversations = (...asked) => interrupted(source.conversations(...asked));
        const messages: typeof source.messages = (...asked) => interrupted(source.messages(...asked));
        const changed = listing === "messages" ? { ...source, messages } : { ...source, conversations };
        return { ...session, source: changed };
      },
    };
  }
});
