import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "@/lib/core/time";
import { createDb, type Db } from "@/lib/db/client";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import { isSession } from "./session";
import { ATTEMPTS_IN_ALL_MAX, ATTEMPTS_PER_ADDRESS_MAX, signIn } from "./sign-in";

const secrets = { password: "the-password", cronSecret: "a-secret-for-tests-only" };

let database: TestDatabase;
let db: Db;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb(database.url);
});

beforeEach(async () => {
  await db.signInWindow.deleteMany();
});

afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

const attempt = (password: string, address = "192.0.2.1") =>
  signIn({ db, clock: systemClock, secrets }, { address, password });

const tryWrong = async (times: number, address?: string) => {
  for (let count = 0; count < times; count++) await attempt("wrong", address);
};

describe("whoever knows the password", () => {
  it("gets a session", async () => {
    const answer = await attempt("the-password");
    expect(answer.kind).toBe("signed_in");
    const token = answer.kind === "signed_in" ? answer.token : undefined;
    expect(await isSession(token, secrets, new Date())).toBe(true);
  });

  it("may have mistyped it before, and starts anew each time", async () => {
    for (let day = 0; day < 3; day++) {
      await tryWrong(ATTEMPTS_PER_ADDRESS_MAX - 1);
      expect(await attempt("the-password")).toMatchObject({ kind: "signed_in" });
    }
  });
});

describe("whoever does not", () => {
  it("may try so often, and then even the right one is not looked at", async () => {
    await tryWrong(ATTEMPTS_PER_ADDRESS_MAX - 1);
    expect(await attempt("wrong")).toEqual({ kind: "wrong_password" });
    expect(await attempt("the-password")).toEqual({ kind: "limited", retryAfterSeconds: expect.any(Number) });
    expect(await attempt("the-password", "192.0.2.2")).toMatchObject({ kind: "signed_in" });
  });

  it("gets no further with many tries at once", async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => attempt("wrong")));
    expect(answers.filter(({ kind }) => kind === "wrong_password")).toHaveLength(ATTEMPTS_PER_ADDRESS_MAX);
  });

  it("gets no further by inventing addresses", async () => {
    const addresses = Array.from({ length: ATTEMPTS_IN_ALL_MAX + 20 }, (_, host) => `198.51.100.${host}`);
    const answers = await Promise.all(addresses.map((address) => attempt("wrong", address)));
    expect(answers.filter(({ kind }) => kind === "wrong_password")).toHaveLength(ATTEMPTS_IN_ALL_MAX);
  });

  it("keeps nobody else out from one address", async () => {
    await Promise.all(Array.from({ length: ATTEMPTS_IN_ALL_MAX + 20 }, () => attempt("wrong")));
    expect(await attempt("the-password", "192.0.2.2")).toMatchObject({ kind: "signed_in" });
  });

  it("may try again when the window is over, by the database's clock", async () => {
    await tryWrong(ATTEMPTS_PER_ADDRESS_MAX + 1);
    await db.$executeRaw`UPDATE "SignInWindow" SET "endsAt" = clock_timestamp() - interval '1 second'`;
    expect(await attempt("the-password")).toMatchObject({ kind: "signed_in" });
  });

  it("leaves no address behind", async () => {
    await tryWrong(1);
    const rows = await db.signInWindow.findMany();
    expect(JSON.stringify(rows)).not.toContain("192.0.2");
  });
});
