import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseEnv } from "@/lib/env";
import { createRuntime } from "@/lib/runtime";
import { Prisma } from "@/prisma/generated/client";
import { addKapsoLead, addKapsoWorkspace, openScene, type Scene } from "@/scripts/testing/scene";
import { messagesOf, personOf, syncOnce } from "@/scripts/testing/sync-story";
import { dueForFlag } from "./store/contacts";

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

async function countStatements(clientId: string) {
  const statements: string[] = [];
  const counting = createRuntime(parseEnv(scene.environment), { onStatement: (sql) => statements.push(sql) });
  const run = await syncOnce(scene, { clientId, deps: counting.backgroundSync });
  await counting.db.$disconnect();
  // Renewed by the clock, and reserved by the second: what they cost has nothing to do with the work.
  const own = statements.filter((sql) => !/"(Lease|RateLimit)"|^(BEGIN|COMMIT)/.test(sql));
  return { run, statements: own.length };
}

describe("the cost of a run in statements", () => {
  it("is the same for a page of 2 and of 100 messages, missing or not", async () => {
    const costs: number[][] = [];
    for (const messages of [2, 100]) {
      const workspace = await addKapsoWorkspace(scene);
      const lead = await addKapsoLead(scene, workspace);
      for (let index = 0; index < messages; index++) scene.sandbox.kapso.receive(workspace.account, personOf(lead));
      const first = await countStatements(workspace.id);
      expect(first.run).toMatchObject({ recovered: messages });
      expect(await messagesOf(scene, lead)).toHaveLength(messages);
      const second = await countStatements(workspace.id);
      expect(second.run).toMatchObject({ verified: 1, missed: 0 });
      costs.push([first.statements, second.statements]);
    }
    expect(costs[1]).toEqual(costs[0]);
    expect(Math.max(...costs.flat())).toBeLessThanOrEqual(20);
  });

  it("is the same for 3 and for 3000 contacts, though a page of them is flagged", async () => {
    const costs: number[] = [];
    for (const contacts of [3, 3000]) {
      const { id } = await addKapsoWorkspace(scene);
      await addQuiet(id, contacts);
      const { run, statements } = await countStatements(id);
      expect(run).toMatchObject({ checked: contacts, stale: contacts, flagged: Math.min(50, contacts) });
      costs.push(statements);
    }
    // One more, to learn whether anybody is left.
    expect(costs[1]).toBe((costs[0] ?? 0) + 1);
  });
});

describe("among many workspaces with many contacts", () => {
  let clientId: string;
  beforeAll(async () => {
    const workspaces = await Promise.all(Array.from({ length: 10 }, () => addKapsoWorkspace(scene)));
    for (const { id } of workspaces) await addQuiet(id, 2000);
    clientId = workspaces[0]?.id ?? "";
    await scene.runtime.db.$executeRaw`ANALYZE`;
  });

  it.each<[string, RegExp, () => Prisma.Sql]>([
    [
      "whoever is due for a flag is found by an index, in order, up to the limit",
      /Index (Only )?Scan using "Lead_stale_turn_idx"/,
      () => dueForFlag({ workspaceId: clientId, staleMs: 3_600_000, batchSize: 50, except: [] }),
    ],
    [
      "contacts are counted by way of an index of the workspace",
      /Bitmap Index Scan on|Index (Only )?Scan using/,
      () => Prisma.sql`SELECT count(*) FROM "Lead" l
        WHERE l."clientId" = ${clientId} AND l."status" NOT IN ('archived', 'converted')`,
    ],
    [
      "whose phone it is is found by an index",
      /Lead_phone_idx/,
      () => Prisma.sql`SELECT "id" FROM "Lead" WHERE "clientId" = ${clientId} AND "phone" IS NOT NULL
        AND leadline_phone_digits("phone") = leadline_phone_digits('+' || '15550100001')`,
    ],
  ])("%s", async (_, expected, query) => {
    const rows = await scene.runtime.db.$queryRaw<Record<string, string>[]>(Prisma.sql`EXPLAIN ${query()}`);
    const plan = rows.map((row) => Object.values(row)[0]).join("\n");
    expect(plan).toMatch(expected);
    expect(plan).not.toMatch(/Seq Scan on "Lead"/);
  });
});

/** So many contacts in whom nothing has happened for days. */
async function addQuiet(clientId: string, count: number): Promise<void> {
  await scene.runtime.db.$executeRaw`
    INSERT INTO "Lead" ("clientId", "phone", "lastActivityAt")
    SELECT ${clientId}, '+1555' || lpad(n::text, 7, '0'), now() - interval '3 days'
    FROM generate_series(1, ${count}::int) n`;
}
