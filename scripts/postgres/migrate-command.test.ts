import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBareDatabase, type TestDatabase } from "../testing/database";
import { withPg } from "../testing/pg";

let database: TestDatabase;

beforeEach(async () => {
  database = await createBareDatabase();
});

afterEach(() => database.drop());

describe("npm run db:deploy", () => {
  it("says what it applied, and the next time that there is nothing to apply", async () => {
    const first = await migrate({ DATABASE_URL: ` ${database.url}\n` });
    expect(first).toEqual({ code: 0, out: expect.stringMatching(/^applied 20261122000000_init$/m), err: "" });
    expect(await migrate({ DATABASE_URL: database.url })).toEqual({ code: 0, out: "nothing to apply\n", err: "" });
  });

  it("goes to DIRECT_URL where there is one, and takes an empty one for none", async () => {
    const direct = await migrate({ DIRECT_URL: database.url, DATABASE_URL: UNREACHABLE_URL });
    expect(direct.code).toBe(0);
    const empty = await migrate({ DIRECT_URL: " ", DATABASE_URL: database.url });
    expect(empty.out).toBe("nothing to apply\n");
  });

  it("ends with 2 when it is told no database, or nothing it understands", async () => {
    expect(await migrate({})).toMatchObject({ code: 2, err: expect.stringContaining("Set DIRECT_URL") });
    expect(await migrate({ DATABASE_URL: "my database" })).toMatchObject({ code: 2 });
    expect(await migrate({ DATABASE_URL: database.url }, "--dif")).toMatchObject({ code: 2 });
  });

  it("ends with 4 when the database cannot be opened, and names the host but no password", async () => {
    const { code, out, err } = await migrate({ DATABASE_URL: UNREACHABLE_URL });
    expect({ code, out }).toEqual({ code: 4, out: "" });
    expect(err).toContain("127.0.0.1:1");
    expect(err).not.toContain("sesame");
  });

  it("ends with 1 when the migrations cannot be applied, and says why", async () => {
    await withPg(database.url, (client) => client.query("CREATE TABLE somebody_elses ()"));
    const { code, err } = await migrate({ DATABASE_URL: database.url });
    expect(code).toBe(1);
    expect(err).toContain("not empty");
  });

  it("prints the SQL that the migrations still lack, without a database of ours", async () => {
    expect(await migrate({}, "--diff")).toEqual({ code: 0, out: "-- schema.prisma asks for nothing more\n", err: "" });
  });
});

/** Nobody listens on port 1. */
const UNREACHABLE_URL = "postgresql://ali:sesame@127.0.0.1:1/leadline";

async function migrate(variables: Record<string, string>, ...flags: string[]) {
  const script = fileURLToPath(new URL("../migrate.ts", import.meta.url));
  const { NODE_ENV, PATH } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", script, ...flags], {
    env: { NODE_ENV, PATH, ...variables },
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code, out, err };
}
