import type { Db } from "@/lib/db/client";
import type { Sandbox } from "../sandbox/sandbox";
import { compareLead, type Disagreement } from "./comparison";
import { expectationOf, type Stage } from "./stage";
import { readStored } from "./stored";

/** Everything in which what is on record of the stage's leads differs from what the sandbox knows to be true. */
export async function compareRecords({ parts }: Stage, sandbox: Sandbox, db: Db): Promise<Disagreement[]> {
  const expectations = parts.map((part) => expectationOf(part, sandbox));
  const stored = await readStored(
    db,
    expectations.map(({ leadId }) => leadId),
  );
  const byId = new Map(stored.map((lead) => [lead.id, lead]));
  const now = new Date();
  return expectations.flatMap((expected) => compareLead(expected, byId.get(expected.leadId), now));
}
