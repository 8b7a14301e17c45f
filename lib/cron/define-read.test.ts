import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseEnv } from "@/lib/env";
import { createRuntime, type Runtime } from "@/lib/runtime";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import { withPg } from "@/scripts/testing/pg";
import { defineRead } from "./define-read";
import { idParam, integerParam } from "./params";
import { answer, read, requestWith, SECRET } from "./testing/door";

let database: TestDatabase;
let runtime: Runtime;

beforeAll(async () => {
  database = await createTestDatabase();
  runtime = createRuntime(parseEnv({ DATABASE_URL: database.url, CRON_SECRET: SECRET, LOG_LEVEL: "silent" }));
});
afterAll(async () => {
  await runtime.db.$disconnect();
  await database.drop();
});

const doorOn = (on: Runtime, reading: () => Promise<object> = async () => ({ there: true })) => {
  const params = { clientId: idParam(), size: integerParam(1, 9) };
  return defineRead({ name: "tiny", params, read: async (_, given) => ({ ...(await reading()), given }) }, () => on);
};
const invalid = (path: string, message: string) =>
  answer(400, { success: false, error: "invalid_params", issues: [{ path, message }] });

describe("a door for reading", () => {
  it("gives what was asked for to who knows the secret", async () => {
    const { GET } = doorOn(runtime);
    expect(await read(GET(requestWith("?size=3")))).toEqual(answer(200, { there: true, given: { size: 3 } }));
  });

  it("tells others no more than that they are not let in", async () => {
    const { GET } = doorOn(runtime);
    const unauthorized = answer(401, { success: false, error: "unauthorized" });
    for (const query of ["", "?size=77"])
      expect(await read(GET(requestWith(query, { headers: {} })))).toEqual(unauthorized);
  });

  it("refuses parameters that are wrong, unknown, empty or given twice, and workspaces that do not exist", async () => {
    const { GET } = doorOn(runtime);
    const refused = (query: string) => read(GET(requestWith(query)));
    expect(await refused("?size=10")).toEqual(invalid("size", "must be a whole number from 1 to 9"));
    expect(await refused("?dryRun=true")).toMatchObject({ status: 400 });
    expect(await refused("?clientId=")).toMatchObject({ status: 400 });
    expect(await refused("?size=1&size=1")).toMatchObject({ status: 400 });
    expect(await refused("?clientId=nobody")).toEqual(invalid("clientId", "is not the id of a workspace"));
  });

  it("answers HEAD as it would GET, without the body", async () => {
    const { HEAD } = doorOn(runtime);
    const response = await HEAD(requestWith());
    expect([response.status, response.headers.get("cache-control"), await response.text()]).toEqual([
      200,
      "no-store",
      "",
    ]);
    expect((await HEAD(requestWith("", { headers: {} }))).status).toBe(401);
  });

  it("says nothing of what went wrong behind it", async () => {
    const { GET } = doorOn(runtime, () => Promise.reject(new Error("ada@example.com")));
    expect(await read(GET(requestWith()))).toEqual(answer(500, { success: false, error: "internal_error" }));
  });

  it("stays shut while it has no secret, the database is out of date, or cannot be reached", async () => {
    const withEnv = (env: Partial<Runtime["env"]>) => doorOn({ ...runtime, env: { ...runtime.env, ...env } });
    expect(await read(withEnv({ CRON_SECRET: undefined }).GET(requestWith()))).toMatchObject({
      status: 503,
      body: { error: "misconfigured" },
    });
    const old = await createTestDatabase();
    await withPg(old.url, (client) => client.query(`ALTER TABLE "SyncHealth" DROP COLUMN "missed"`));
    const behind = createRuntime(parseEnv({ DATABASE_URL: old.url, CRON_SECRET: SECRET, LOG_LEVEL: "silent" }));
    expect(await read(doorOn(behind).GET(requestWith()))).toMatchObject({
      status: 503,
      headers: { "retry-after": "60" },
      body: { error: "schema_out_of_date", details: { missing: ["SyncHealth.missed"] } },
    });
    await old.drop();
    expect(await read(doorOn(behind).GET(requestWith()))).toMatchObject({
      status: 503,
      body: { error: "database_unavailable" },
    });
    await behind.db.$disconnect();
  });
});
