import { describe, expect, it, onTestFinished } from "vitest";
import { createBareDatabase, createTestDatabase } from "@/scripts/testing/database";
import { withPg } from "@/scripts/testing/pg";
import { ALL_DONE, answer, type Door, type DoorOptions, openDoor, read, requestWith } from "./testing/door";

const UNAVAILABLE = answer(503, { success: false, error: "database_unavailable" }, { "retry-after": "60" });

describe("a database that lacks a migration", () => {
  it("is said so, with what is missing, before anything is written", async () => {
    const door = await open();
    await door.runtime.db.$executeRaw`ALTER TABLE "Lead" DROP COLUMN "appointmentRetryAt"`;
    const details = { missing: ["Lead.appointmentRetryAt"], advice: expect.stringContaining("npm run db:deploy") };
    const expected = { success: false, error: "schema_out_of_date", details };
    expect(await read(door.GET(requestWith()))).toEqual(answer(503, expected, { "retry-after": "60" }));
    expect(await door.runtime.db.cronRun.count()).toBe(0);
    expect(door.runs).toEqual([]);
  });

  it("is let in again as soon as it has it, without a restart", async () => {
    const door = await open();
    await door.runtime.db.$executeRaw`ALTER TABLE "Lease" RENAME TO "Lent"`;
    expect(await read(door.GET(requestWith()))).toMatchObject({ status: 503 });
    await door.runtime.db.$executeRaw`ALTER TABLE "Lent" RENAME TO "Lease"`;
    expect(await read(door.GET(requestWith()))).toMatchObject({ status: 200 });
  });

  it("may be empty, and is afterwards", async () => {
    const door = await open({ database: await createBareDatabase() });
    expect(await read(door.GET(requestWith()))).toMatchObject({
      status: 503,
      headers: { "retry-after": "60", "cache-control": "no-store" },
      body: { error: "schema_out_of_date", details: { missing: expect.arrayContaining(["CronRun.id", "Lead.id"]) } },
    });
    const tables = await door.runtime.db.$queryRaw`SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace`;
    expect(tables).toEqual([]);
  });
});

describe("a database that cannot be reached", () => {
  it.each<[how: string, change: Partial<URL>]>([
    ["nobody listens on its port", { port: "9" }],
    ["its password is wrong", { password: "wrong" }],
    ["there is none of its name", { pathname: "/nowhere_at_all" }],
  ])("because %s is said so, and nothing about where it is", async (_, change) => {
    const database = await createTestDatabase();
    const url = Object.assign(new URL(database.url), change).toString();
    const door = await open({ database: { ...database, url } });
    expect(await read(door.GET(requestWith()))).toEqual(UNAVAILABLE);
    expect(door.runs).toEqual([]);
  });

  it("is no reason to tell strangers anything", async () => {
    const database = { url: "postgresql://app:hunter22@127.0.0.1:9/db", drop: async () => {} };
    const door = await open({ database });
    expect(await read(door.GET(requestWith("", { headers: {} })))).toMatchObject({ status: 401 });
    expect(await read(door.GET(requestWith("?dryrun=1")))).toMatchObject({ status: 400 });
  });

  it("and ends a connection in the middle of a run, is said so, and the row has the failure", async () => {
    const door = await open({ run: ({ db }) => db.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())` });
    expect(await read(door.GET(requestWith()))).toEqual(UNAVAILABLE);
    expect(await door.runtime.db.cronRun.findMany()).toMatchObject([
      { status: "failed", error: expect.stringContaining("terminating connection"), finishedAt: expect.any(Date) },
    ]);
  });

  it("and takes nobody any more in the middle of a run, is said so, and the row is closed by a later run", async () => {
    const door = await open({
      run: async ({ db }) => {
        if (door.runs.length > 1) return ALL_DONE;
        await allowConnections(door, false);
        await db.client.count();
        return ALL_DONE;
      },
    });
    expect(await read(door.GET(requestWith()))).toEqual(UNAVAILABLE);
    expect(await read(door.GET(requestWith()))).toEqual(UNAVAILABLE);
    await allowConnections(door, true);
    const { db } = door.runtime;
    await db.$executeRaw`UPDATE "CronRun" SET "startedAt" = "startedAt" - interval '1 hour'`;
    expect(await read(door.GET(requestWith()))).toMatchObject({ status: 200 });
    const rows = await db.cronRun.findMany({ orderBy: { startedAt: "asc" } });
    expect(rows.map((row) => row.status)).toEqual(["abandoned", "completed"]);
  });
});

async function open(options: DoorOptions = {}): Promise<Door> {
  const door = await openDoor(options);
  onTestFinished(() => door.close());
  return door;
}

/** As a server that is shut down for maintenance: those who are connected are sent away, and nobody comes in. */
async function allowConnections({ databaseUrl }: Door, allowed: boolean): Promise<void> {
  const server = new URL(databaseUrl);
  const name = server.pathname.slice(1);
  server.pathname = "/postgres";
  await withPg(server.toString(), async (client) => {
    await client.query(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS ${allowed}`);
    await client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [name]);
  });
  // A pooler refuses a moment longer than the server.
  const isIn = () => withPg(databaseUrl, (client) => client.query("SELECT 1")).then(Boolean, () => false);
  if (allowed) await expect.poll(isIn, { timeout: 10_000 }).toBe(true);
}
