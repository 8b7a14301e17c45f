import fc from "fast-check";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { computeChosenDelaySeconds } from "@/lib/background-jobs/delayed-auto-send";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import type { MessageRow } from "../records";
import { eligibleMessages } from "../rules/eligible";

let database: TestDatabase;
let client: Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

describe("the delay that the database computes", () => {
  it.each([
    ["msg-1", 180, 420, 277],
    ["msg-2", 180, 420, 278],
    ["", 180, 420, 180],
    ["polygenelubricants", 180, 420, 308],
    ["msg-1", 300, 300, 300],
    ["msg-1", 7, 3, 7],
  ])("for %j from %d to %d seconds is %d", async (id, min, max, seconds) => {
    expect(await chosenDelays([[id, min, max]])).toEqual([seconds]);
  });

  it("is the one that the sender of drafts computes, for any id and bounds", async () => {
    const id = fc.oneof(
      fc.uuid(),
      fc.string({ unit: "grapheme", maxLength: 60 }),
      fc.string({ unit: "binary", maxLength: 60 }),
    );
    const bound = fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
    const cases = fc
      .sample(fc.tuple(id, bound, bound), 3000)
      // A lone half of a surrogate pair and a NUL are no text to PostgreSQL.
      .filter(([text]) => !text.includes("\0") && !/\p{Surrogate}/u.test(text));
    expect(cases.length).toBeGreaterThan(1000);
    expect(await chosenDelays(cases)).toEqual(cases.map((one) => computeChosenDelaySeconds(...one)));
  });
});

describe("the messages that count", () => {
  it("are for the database those of the definitions, in every combination of words", async () => {
    const words = {
      direction: ["inbound", "outbound"] as const,
      kind: [null, "reply", "sequence", "campaign", "system", "auto_reply", "reaction"],
      deliveryStatus: [null, "sent", "failed", "bounced", "Failed"],
      deletedAt: [null, new Date()],
    };
    const combinations = words.direction.flatMap((direction) =>
      words.kind.flatMap((kind) =>
        words.deliveryStatus.flatMap((deliveryStatus) =>
          words.deletedAt.map((deletedAt) => ({ direction, kind, deliveryStatus, deletedAt })),
        ),
      ),
    );
    const { rows } = await client.query<{ counts: boolean }>(
      `SELECT response_timing_eligible(m."direction", m."kind", m."deliveryStatus", m."deletedAt") AS counts
       FROM jsonb_to_recordset($1::jsonb)
         AS m("direction" text, "kind" text, "deliveryStatus" text, "deletedAt" timestamptz)`,
      [JSON.stringify(combinations)],
    );
    const others = {
      id: "m",
      sentBy: null,
      sentByUserId: null,
      aiDraftId: null,
      sentAt: new Date(),
      createdAt: new Date(),
    };
    const expected = combinations.map(
      (words): boolean => eligibleMessages([{ ...others, ...words } satisfies MessageRow]).length === 1,
    );
    expect(rows.map(({ counts }) => counts)).toEqual(expected);
    expect(new Set(expected).size).toBe(2);
  });
});

async function chosenDelays(cases: readonly [string, number, number][]): Promise<number[]> {
  const { rows } = await client.query<{ seconds: number }>(
    `SELECT response_timing_chosen_delay(c."id", c."min", c."max") AS seconds
     FROM unnest($1::text[], $2::int[], $3::int[]) WITH ORDINALITY AS c("id", "min", "max", "place") ORDER BY c."place"`,
    [cases.map(([id]) => id), cases.map(([, min]) => min), cases.map(([, , max]) => max)],
  );
  return rows.map(({ seconds }) => seconds);
}
