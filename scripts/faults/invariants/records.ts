import type { Client } from "pg";
import { compareRecords } from "../../truth/records";
import { readMovedBack } from "../witness";
import type { Invariant } from "./evidence";

/** Every true appointment is on record exactly once, with all that follows from it. */
export const truthOnRecord: Invariant = {
  name: "what is true is on record, exactly once",
  find: async ({ stage, sandbox, db, toldToTheEnd }) => {
    const disagreements = await compareRecords(stage, sandbox, db);
    const known = (subject: string) => toldToTheEnd || subject === "appointments" || subject === "roll-ups";
    return disagreements.filter(({ subject }) => known(subject)).map(({ text }) => text);
  },
};

/** What may be there once, by table: also where nothing but this holds it, because the index was taken away. */
const KEYS = [
  { table: "FollowUpTask", columns: ["effectKey"] },
  { table: "FollowUpInstance", columns: ["leadId", "sequenceId"] },
  { table: "Appointment", columns: ["clientId", "provider", "externalId"] },
] as const;

export const everyEffectOnce: Invariant = {
  name: "every effect has its key once",
  find: async ({ witness }) => {
    const found: string[] = [];
    for (const { table, columns } of KEYS) found.push(...(await findTwice(witness, table, columns)));
    return found;
  },
};

async function findTwice(witness: Client, table: string, columns: readonly string[]): Promise<string[]> {
  const key = columns.map((column) => `"${column}"`).join(", ");
  const { rows } = await witness.query<{ key: string; count: number }>(
    `SELECT concat_ws(' ', ${key}) AS key, count(*)::int AS count FROM "${table}"
     WHERE (${columns.map((column) => `"${column}" IS NOT NULL`).join(" AND ")}) GROUP BY ${key} HAVING count(*) > 1`,
  );
  return rows.map((row) => `${table} ${row.key} is there ${row.count} times`);
}

export const nothingOlderOverNewer: Invariant = {
  name: "nothing older over something newer",
  find: async ({ witness }) => {
    const moved = await readMovedBack(witness);
    return moved.map(({ what, key, was, became }) => `${what} of ${key} went back from ${was} to ${became}`);
  },
};
