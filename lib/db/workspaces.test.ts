import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import { createDb, type Db } from "./client";
import { knowsWorkspaces, workspaceExists } from "./workspaces";

let database: TestDatabase;
let db: Db;
beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb(database.url);
});
afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

it("knows a workspace by its whole id alone", async () => {
  await db.client.create({ data: { id: "Acme_1", name: "Acme" } });
  expect(await workspaceExists(db, "Acme_1")).toBe(true);
  for (const id of ["acme_1", "Acme", "Acme%1", ""]) expect(await workspaceExists(db, id)).toBe(false);
});

it("knows several workspaces only if it knows every one of them", async () => {
  await db.client.createMany({
    data: [
      { id: "one", name: "One" },
      { id: "two", name: "Two" },
    ],
  });
  expect(await knowsWorkspaces(db, ["one", "two", "one"])).toBe(true);
  expect(await knowsWorkspaces(db, ["one", "three"])).toBe(false);
  expect(await knowsWorkspaces(db, [])).toBe(true);
});
