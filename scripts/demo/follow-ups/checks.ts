import type { Db } from "@/lib/db/client";
import type { Sandbox } from "../../sandbox/sandbox";
import type { Check } from "../checks";
import { compareLead, findStrays, SUBJECTS } from "./comparison";
import { expectationOf } from "./expected";
import type { Stage } from "./stage";
import { type Witnessed, witness } from "./witnessed";

/** What the providers passed on and what is on record, against what the plots say. */
export async function checkFollowUps(stage: Stage, sandbox: Sandbox, db: Db): Promise<Check[]> {
  return judge(stage, await witness(stage, sandbox, db));
}

/** The same for what was witnessed before. Pure. */
export function judge(stage: Stage, { deliveries, stored }: Witnessed): Check[] {
  const byId = new Map(stored.map((lead) => [lead.id, lead]));
  const disagreements = stage.parts.flatMap((part) => {
    const expected = expectationOf(part, stage);
    const own = deliveries.filter(({ leadId }) => leadId === expected.leadId);
    return compareLead(expected, own, byId.get(expected.leadId));
  });
  const all = [...findStrays(deliveries), ...disagreements];
  const of = `${stage.parts.length} leads in sequences`;
  return SUBJECTS.map((subject) => {
    const texts = all.filter((one) => one.subject === subject).map(({ text }) => text);
    return { name: subject, of, disagreements: texts };
  });
}

/** An answer that is lost now and then shuts nobody off from a provider. */
export async function checkSenders({ workspaces }: Stage, db: Db): Promise<Check> {
  const where = { clientId: { in: workspaces.map(({ id }) => id) }, openUntil: { gt: new Date() } };
  const open = await db.circuit.findMany({ where, select: { clientId: true, provider: true } });
  const disagreements = open.map(({ clientId, provider }) => {
    const name = workspaces.find(({ id }) => id === clientId)?.name ?? clientId;
    return `the circuit of ${name} at ${provider} is open`;
  });
  return { name: "senders' circuits", of: `${workspaces.length} workspaces`, disagreements };
}
