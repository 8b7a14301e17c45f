import { compareLead, findStrays } from "../../demo/follow-ups/comparison";
import { expectationOf } from "../../demo/follow-ups/expected";
import type { Part, Stage } from "../../demo/follow-ups/stage";
import { type Delivery, type StoredLead, type Witnessed, witness } from "../../demo/follow-ups/witnessed";
import type { Evidence, Invariant } from "./evidence";
import { findNames } from "./names";

/** A part of the stage beside what it really got, and what is on record of it. */
interface Seen {
  part: Part;
  deliveries: Delivery[];
  lead: StoredLead;
}

/** Nobody gets the same twice, or something that was never ordered for them. */
export const noTouchTwice: Invariant = {
  name: "no touch twice, and none that nobody ordered",
  find: (evidence) =>
    findAmong(evidence, (seen, { now }, { deliveries }) => [
      ...findStrays(deliveries).map(({ text }) => text),
      ...seen.flatMap(({ part, deliveries: own, lead }) => {
        const expected = expectationOf(isContested(part) ? withAllSteps(part) : part, { now });
        const twice = compareLead(expected, own, lead).filter(({ subject }) => subject === "nothing twice");
        const told = own.map(({ channel, through, words }) => `${channel} through ${through}: ${words}`);
        const unordered = told.filter((text) => !expected.deliveries.includes(text));
        return [
          ...twice.map(({ text }) => text),
          ...unordered.map((text) => `${expected.name}: was not to get ${text}`),
        ];
      }),
    ]),
};

/** What may have left: a message in one of these states is or may be with somebody. */
const MAY_HAVE_LEFT = ["sending", "sent", "unknown"];

/**
 * Every message that somebody got is in the ledger as sent or as uncertain, and every one that the ledger says was sent
 * somebody got.
 */
export const everySendOnRecord: Invariant = {
  name: "every message that left is on record, and no other",
  find: (evidence) =>
    findAmong(evidence, (seen) =>
      seen.flatMap(({ part, deliveries, lead }) => {
        const { followUpSends, messages } = lead;
        const sent = followUpSends.filter(({ status }) => status === "sent").map(({ externalId }) => externalId);
        const got = new Set(deliveries.map(({ externalId }) => externalId));
        const known = new Set([...sent, ...writtenBefore(part, messages)]);
        const uncertain = followUpSends.filter(({ status }) => status !== "sent" && MAY_HAVE_LEFT.includes(status));
        const unexplained = [...got].filter((id) => !known.has(id)).length - uncertain.length;
        const invented = sent.filter((id) => id === null || !got.has(id));
        return [
          ...(unexplained > 0 ? [`${unexplained} messages to ${lead.id} are nowhere in the ledger`] : []),
          ...invented.map((id) => `the ledger says that ${id} was sent to ${lead.id}, and nobody got it`),
        ];
      }),
    ),
};

/** What went out before the world began is in no ledger of ours. */
function writtenBefore({ plot }: Part, messages: StoredLead["messages"]): (string | null)[] {
  return plot.before === "written to today" ? messages.map(({ externalId }) => externalId) : [];
}

/** From the moment that a lead is on record as booked, no message to it begins to leave. */
export const noneToTheBooked: Invariant = {
  name: "nothing to a lead with a meeting",
  find: async ({ witness: client, world }) => {
    if (!world.sequences) return [];
    const { rows } = await client.query<{ leadId: string; channel: string }>(
      `SELECT f."leadId", f."channel" FROM "FollowUpSend" f JOIN witness.booked b ON b.lead_id = f."leadId"
       WHERE f."markedAt" > b.at AND f."status" = ANY ($1) AND f."leadId" = ANY ($2)`,
      [MAY_HAVE_LEFT, world.sequences.parts.map(({ actor }) => actor.lead.id)],
    );
    return rows.map(({ leadId, channel }) => `${channel} left for ${leadId} after its meeting was on record`);
  },
};

/** In these plots something happens unheard, and who is first decides what comes of it. */
const RACES = ["books before the first step", "books between two steps", "writes over WhatsApp, unheard"];

/** Whether the plot's own harm may come too late, or not at all, because of the faults that are thrown. */
export function isContested({ plot }: Part): boolean {
  return RACES.includes(plot.name) || plot.lostAnswer !== undefined;
}

function withAllSteps({ actor, plot }: Part): Part {
  return { actor, plot: { ...plot, gets: [...plot.gets, ...plot.steps] } };
}

/** Whoever's messages met no harm got what their plot says, to the end. */
export const undisturbedToTheEnd: Invariant = {
  name: "whose messages met no harm has them all",
  find: async (evidence) =>
    evidence.toldToTheEnd
      ? findAmong(evidence, (seen, { now }) =>
          seen.flatMap(({ part, deliveries, lead }) => {
            const expected = expectationOf(part, { now });
            const states = lead.followUpSends.map(({ status }) => status);
            const isUndisturbed = states.toSorted().join() === expected.ledger.toSorted().join();
            const isKnown = isUndisturbed || !states.some((state) => state === "unknown" || state === "refused");
            if (isContested(part) || !isKnown) return [];
            return compareLead(expected, deliveries, lead).map(({ text }) => text);
          }),
        )
      : [],
};

async function findAmong(
  { world, sandbox, db }: Evidence,
  find: (seen: Seen[], stage: Stage, witnessed: Witnessed) => string[],
): Promise<string[]> {
  const stage = world.sequences;
  if (!stage) return [];
  const witnessed = await witness(stage, sandbox, db);
  const byId = new Map(witnessed.stored.map((lead) => [lead.id, lead]));
  const seen = stage.parts.flatMap((part): Seen[] => {
    const { id } = part.actor.lead;
    const lead = byId.get(id);
    const deliveries = witnessed.deliveries.filter(({ leadId }) => leadId === id);
    return lead ? [{ part, lead: findNames(lead, deliveries), deliveries }] : [];
  });
  return find(seen, stage, witnessed);
}
