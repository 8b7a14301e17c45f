import { describe, expect, it } from "vitest";
import { SECOND_MS } from "@/lib/core/time";
import { createDb } from "@/lib/db/client";
import { createTestDatabase } from "@/scripts/testing/database";
import { Accounts } from "./accounts";

const LIMITS = { requestsMax: 10, windowMs: 10 * SECOND_MS, requestMsMax: SECOND_MS };

describe("the accounts of a process", () => {
  it("have one limiter each, by provider and identity, whatever blanks are around it", () => {
    const accounts = new Accounts(createDb("postgresql://nobody@127.0.0.1:1/nowhere"));
    const one = accounts.limiterFor("GHL", "location-1", LIMITS);
    expect(accounts.limiterFor("GHL", "location-1", LIMITS)).toBe(one);
    expect(accounts.limiterFor("GHL", " location-1\n", LIMITS)).toBe(one);
    expect(accounts.limiterFor("GHL", "location-2", LIMITS)).not.toBe(one);
    expect(accounts.limiterFor("CALENDLY", "location-1", LIMITS)).not.toBe(one);
  });

  it("are kept in the database under a name from which no token can be read", async () => {
    const database = await createTestDatabase();
    const db = createDb(database.url);
    const token = "a-secret-personal-access-token";
    await new Accounts(db).limiterFor("CALENDLY", token, LIMITS).acquire(new AbortController().signal);
    const rows = await db.rateLimit.findMany();
    await db.$disconnect();
    await database.drop();
    expect(rows.map(({ account }) => account)).toEqual([expect.stringMatching(/^CALENDLY:[0-9a-f]{20}$/)]);
    expect(JSON.stringify(rows)).not.toContain(token);
  });
});
