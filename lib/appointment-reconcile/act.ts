import { isDeepStrictEqual } from "node:util";
import { type DbOrTx, TRANSACTION_LIMITS, type Tx } from "@/lib/db/client";
import { confirmLease, type Lease } from "@/lib/db/lease";
import { describeChange, type LeadChange } from "./change";
import type { CheckOptions, ReconcileDeps } from "./deps";
import { applyEffects, countTasks } from "./effects";
import type { LeadRecord } from "./records";
import { type Decision, decide, type LeadOutcome } from "./rules/decide";
import { NO_ROLL_UP } from "./rules/primary";
import type { Observation, ProviderName } from "./source";
import { findForeignAppointments, takeOverAppointments, writeAppointments } from "./store/appointments";
import { completeLead, isContactOfOlderLead, linkContact, readLeadForUpdate } from "./store/leads";

/** What came of acting on an observation. */
export type Acted =
  | { kind: "done"; outcome: LeadOutcome; tasksCreated: number; change: LeadChange }
  /** All of what was observed belongs to other, older leads. */
  | { kind: "taken" }
  /** Somebody else changed the lead after it was read, so the observation may be older than what is on record. */
  | { kind: "changed_meanwhile" };

export interface ActContext {
  provider: ProviderName;
  lease: Lease | null;
  options: CheckOptions;
  /** What else belongs into the lead's transaction: the records of the run that this is part of. */
  alongside?: ((tx: Tx, lead: LeadRecord, acted: Acted) => Promise<void>) | undefined;
}

/**
 * Makes the lead's record true to an observation: appointments, roll-up, effects and watermark, in one transaction that
 * first holds the lease and the lead still and checks that the lead is as it was when it was read. After a crash at any
 * point either all of it is there or none.
 */
export async function act(
  deps: ReconcileDeps,
  lead: LeadRecord,
  observation: Observation,
  context: ActContext,
): Promise<Acted> {
  if (context.options.dryRun) return preview(deps, lead, observation, context);
  const acted = await deps.db.$transaction(async (tx): Promise<Acted> => {
    if (context.lease) await confirmLease(tx, context.lease);
    const present = await readLeadForUpdate(tx, lead.id, context.provider);
    if (!present || !isDeepStrictEqual(present, lead)) return { kind: "changed_meanwhile" };
    deps.onStep?.("lead_locked");
    const own = await keepOwn(tx, present, observation, context);
    const acted = own ? await write(deps, tx, own, context) : await leaveToOwner(deps, tx, lead);
    await context.alongside?.(tx, lead, acted);
    return acted;
  }, TRANSACTION_LIMITS);
  deps.onStep?.("lead_committed");
  return acted;
}

/** The same decision, from the same reads, without a lock or a write. */
async function preview(
  deps: ReconcileDeps,
  lead: LeadRecord,
  observation: Observation,
  context: ActContext,
): Promise<Acted> {
  const own = await keepOwn(deps.db, lead, observation, context);
  if (!own) return { kind: "taken" };
  const decision = decideNow(deps, own, context);
  const tasksCreated = context.options.skipSideEffects ? 0 : countTasks(decision.transitions);
  const change = describeChange(own.lead, decision, tasksCreated);
  return { kind: "done", outcome: decision.outcome, tasksCreated, change };
}

interface Own {
  lead: LeadRecord;
  observation: Observation;
}

/**
 * One appointment belongs to one lead. What is on record for an older lead is left out of the observation; what is on
 * record for a younger one comes over to this one. Null when nothing of the lead's own is left to speak of.
 */
async function keepOwn(
  db: DbOrTx,
  lead: LeadRecord,
  observation: Observation,
  context: ActContext,
): Promise<Own | null> {
  const { foundContactId } = observation;
  if (foundContactId !== null && (await isContactOfOlderLead(db, lead, foundContactId))) return null;
  const recorded = new Set(lead.appointments.map((row) => row.externalId));
  const unknown = observation.items.map((item) => item.externalId).filter((id) => !recorded.has(id));
  if (unknown.length === 0) return { lead, observation };
  const foreign = await findForeignAppointments(db, lead, context.provider, unknown);
  const others = new Set(foreign.filter((row) => row.ownerIsOlder).map((row) => row.externalId));
  const items = observation.items.filter((item) => !others.has(item.externalId));
  if (items.length === 0 && others.size > 0 && lead.appointments.length === 0) return null;
  const kept = { ...observation, items };
  const younger = foreign.filter((row) => !row.ownerIsOlder).map((row) => row.externalId);
  if (younger.length === 0 || context.options.dryRun) return { lead: withoutNameOf(others, lead), observation: kept };
  await takeOverAppointments(db, lead, context.provider, younger);
  const present = await readLeadForUpdate(db, lead.id, context.provider);
  return present ? { lead: withoutNameOf(others, present), observation: kept } : null;
}

/** A roll-up that names what is on record for another lead says nothing of this one's own meetings. */
function withoutNameOf(others: ReadonlySet<string>, lead: LeadRecord): LeadRecord {
  const { ghlAppointmentId, calendlyInviteeUri } = lead.rollUp;
  const namesAnother = [ghlAppointmentId, calendlyInviteeUri].some((name) => name !== null && others.has(name));
  return namesAnother ? { ...lead, rollUp: NO_ROLL_UP } : lead;
}

async function leaveToOwner(deps: ReconcileDeps, tx: Tx, lead: LeadRecord): Promise<Acted> {
  await completeLead(tx, lead.id, null, deps.clock.now());
  return { kind: "taken" };
}

async function write(deps: ReconcileDeps, tx: Tx, { lead, observation }: Own, context: ActContext): Promise<Acted> {
  const { options } = context;
  const decision = decideNow(deps, { lead, observation }, context);
  if (decision.appointments.length > 0) {
    const written = await writeAppointments(tx, lead, decision.appointments);
    if (written < decision.appointments.length) throw new AppointmentTakenError();
  }
  deps.onStep?.("appointments_written");
  const now = deps.clock.now();
  await completeLead(tx, lead.id, decision.rollUp, now);
  deps.onStep?.("roll_up_written");
  const tasksCreated = options.skipSideEffects ? 0 : await applyEffects(tx, lead, decision.transitions, now);
  deps.onStep?.("effects_written");
  if (observation.foundContactId) await linkContact(tx, lead, observation.foundContactId);
  const change = describeChange(lead, decision, tasksCreated);
  return { kind: "done", outcome: decision.outcome, tasksCreated, change };
}

/** What follows from an observation, by the rules. */
export function decideNow(deps: ReconcileDeps, { lead, observation }: Own, context: ActContext): Decision {
  const { provider, options } = context;
  return decide(lead, observation, { provider, source: options.source, now: deps.clock.now(), newId: deps.newId });
}

/** An appointment went to another lead between the look and the write: rolled back, and looked at again next time. */
class AppointmentTakenError extends Error {
  override readonly name = "AppointmentTakenError";
  constructor() {
    super("an appointment was taken by another lead at the same moment");
  }
}
