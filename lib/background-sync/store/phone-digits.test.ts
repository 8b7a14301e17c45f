import { Client } from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";

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

it.each([
  // International, however it is written.
  ["+15550100001", "15550100001"],
  ["+1 (555) 0100", "15550100"],
  ["+1 (555) 010-0001", "15550100001"],
  ["(+1) 555.010.0001", "15550100001"],
  ["  +44 (0)20 7946 0958 ", "442079460958"],
  ["0044 20 7946 0958", "442079460958"],
  ["0015550100001", "15550100001"],
  ["tel:+15550100001", "15550100001"],
  ["whatsapp:+15550100001", "15550100001"],
  ["+1 555 010 0001 ext. 12", "15550100001"],
  ["+15550100001x12", "15550100001"],
  ["+15550100001;ext=12", "15550100001"],
  ["+15550100001, +15550100002", "15550100001"],
  ["\u202a+1\u00a0555\u2011010\u20110001\u202c", "15550100001"],
  // Digits alone are how programs keep E.164.
  ["15550100001", "15550100001"],
  ["5491100000001", "5491100000001"],
  // The leading 1 in the grouping of North America.
  ["1 (555) 010-0001", "15550100001"],
  ["1-555-010-0001", "15550100001"],
  // Numbers of old accounts, which WhatsApp writes in the way of then.
  ["+52 1 55 5010 0001", "525550100001"],
  ["+52 55 5010 0001", "525550100001"],
  ["+55 11 7010 0001", "5511970100001"],
  ["+55 11 97010 0001", "5511970100001"],
  ["+55 11 3010 0001", "551130100001"],
  // National, of a country that nobody names.
  ["(555) 010-0001", null],
  ["555-0100", null],
  ["5550100", null],
  ["020 7946 0958", null],
  ["011 44 20 7946 0958", null],
  ["138 0013 8000", null],
  // No numbers.
  ["", null],
  ["n/a", null],
  ["call me on +15550100001", null],
  ["ada@example.com", null],
  ["+", null],
  ["+123456", null],
  ["+1234567890123456", null],
  ["00000000", null],
  ["+0155501000", null],
  [null, null],
])("of %j the digits that WhatsApp knows are %j", async (phone, digits) => {
  const { rows } = await client.query("SELECT leadline_phone_digits($1) AS digits", [phone]);
  expect(rows).toEqual([{ digits }]);
});

it("is the same for digits as they come from WhatsApp, with or without a plus", async () => {
  const { rows } = await client.query(
    `SELECT d FROM unnest($1::text[]) AS d WHERE leadline_phone_digits(d) IS DISTINCT FROM leadline_phone_digits('+' || d)`,
    [["15550100001", "5215550100001", "551170100001", "442079460958", "4791000001"]],
  );
  expect(rows).toEqual([]);
});
