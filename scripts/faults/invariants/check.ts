import { conversationsOnRecord } from "./conversations";
import { everyRunEnded, nothingHeld, nothingTold } from "./ends";
import type { Evidence, Finding, Invariant } from "./evidence";
import { everyEffectOnce, nothingOlderOverNewer, truthOnRecord } from "./records";
import { noRequestBeforeReset, noRequestThroughOpenCircuit, oneProbePerCooldown } from "./requests";
import { everySendOnRecord, noneToTheBooked, noTouchTwice, undisturbedToTheEnd } from "./sends";

/** What has to hold while faults are thrown. */
export const DURING: readonly Invariant[] = [noRequestBeforeReset, noRequestThroughOpenCircuit, oneProbePerCooldown];

/** What has to hold once the faults are over and every job has had the chance to run to its end. */
export const AFTERWARDS: readonly Invariant[] = [
  truthOnRecord,
  noTouchTwice,
  everySendOnRecord,
  noneToTheBooked,
  undisturbedToTheEnd,
  conversationsOnRecord,
  everyEffectOnce,
  nothingOlderOverNewer,
  everyRunEnded,
  nothingHeld,
  nothingTold,
];

/** Everything in which the evidence breaks one of these. */
export async function checkInvariants(invariants: readonly Invariant[], evidence: Evidence): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, find } of invariants) {
    for (const text of await find(evidence)) findings.push({ invariant: name, text });
  }
  return findings;
}
