import type { Client } from "pg";
import type { Db } from "@/lib/db/client";
import type { Sandbox } from "../../sandbox/sandbox";
import { compareRecords } from "../../truth/records";
import type { Stage } from "../../truth/stage";
import { readMovedBack } from "../witness";
import type { Invariant } from "./evidence";

/** Every true appointment is on record exactly once, with all that follows from it. */
export const truthOnRecord: Invariant = {
  name: "what is true is on record, exactly once",
  find: async ({ world, sandbox, db, toldToTheEnd }) => {
    const disagreements = await compareRecords(world.stage, sandbox, db);
    const known = disagreements.filter(({ subject }) => toldToTheEnd || isOfMeetings(subject));
    return known.map(({ text }) => text);
  },
};

/** Where the record of the meetings themselves is not true, whatever follows from them. */
export async function findWrongMeetings(stage: Stage, sandbox: Sandbox, db: Db): Promise<string[]> {
  const disagreements = await compareRecords(stage, sandbox, db);
  return disagreements.filter(({ subject }) => isOfMeetings(subject)).map(({ text }) => text);
}

function isOfMeetings(subject: string): boolean {
  return subject === "appointments" || subject === "roll-ups";
}

/** What may be there once, by table: also where nothing but this holds it, because the index was taken away. */
const KEYS = [
  { table: "FollowUpTask", columns: ["effectKey"] },
  { table: "FollowUpInstance", columns: ["leadId", "sequenceId"] },
  { table: "Appointment", columns: ["clientId", "provider", "externalId"] },
  { table: "FollowUpSend", columns: ["instanceId", "round", "stepOrder"] },
  { table: "Message", columns: ["leadId", "channel", "externalId"] },
  { table: "ResponseTimingEvent", columns: ["inboundMessageId"] },
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
