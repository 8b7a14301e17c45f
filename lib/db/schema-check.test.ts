import { describe, expect, it, onTestFinished } from "vitest";
import { Prisma } from "@/prisma/generated/client";
import { createBareDatabase, createTestDatabase } from "@/scripts/testing/database";
import { createDb, type Db } from "./client";
import { findMissingColumns } from "./schema-check";

describe("the columns that a database lacks", () => {
  it("are none after the migrations", async () => {
    expect(await findMissingColumns(await openMigrated())).toEqual([]);
  });

  it("are named with their table", async () => {
    const db = await openMigrated();
    await db.$executeRaw`ALTER TABLE "Lead" DROP COLUMN "appointmentRetryAt"`;
    await db.$executeRaw`ALTER TABLE "CronRun" RENAME COLUMN "error" TO "mistake"`;
    expect(await findMissingColumns(db)).toEqual(["Lead.appointmentRetryAt", "CronRun.error"]);
  });

  it("are all of a table that is not there", async () => {
    const db = await openMigrated();
    await db.$executeRaw`ALTER TABLE "Lease" SET SCHEMA pg_temp`.catch(() => undefined);
    await db.$executeRaw`DROP TABLE IF EXISTS "Lease"`;
    expect(await findMissingColumns(db)).toEqual(["Lease.key", "Lease.owner", "Lease.fence", "Lease.expiresAt"]);
  });

  it("are all of them in an empty database, and looking changes nothing", async () => {
    const db = await open(await createBareDatabase());
    const missing = await findMissingColumns(db);
    expect(new Set(missing.map((column) => column.split(".")[0]))).toEqual(new Set(Object.values(Prisma.ModelName)));
    const tables = await db.$queryRaw`SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace`;
    expect(tables).toEqual([]);
  });

  it("are missing although another schema has them", async () => {
    const db = await openMigrated();
    await db.$executeRaw`CREATE SCHEMA elsewhere`;
    await db.$executeRaw`ALTER TABLE "Lease" SET SCHEMA elsewhere`;
    expect(await findMissingColumns(db)).toContain("Lease.key");
  });

  it("take no notice of tables and columns that this code does not know", async () => {
    const db = await openMigrated();
    await db.$executeRaw`ALTER TABLE "Lead" ADD COLUMN "fromTheFuture" text`;
    await db.$executeRaw`CREATE TABLE "Future" ("id" text)`;
    expect(await findMissingColumns(db)).toEqual([]);
  });
});

async function openMigrated(): Promise<Db> {
  return open(await createTestDatabase());
}

async function open(database: { url: string; drop(): Promise<void> }): Promise<Db> {
  const db = createDb(database.url, { poolSizeMax: 1 });
  onTestFinished(async () => {
    await db.$disconnect();
    await database.drop();
  });
  return db;
}
