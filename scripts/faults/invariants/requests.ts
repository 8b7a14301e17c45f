import { type LedgerEntry, nowMs } from "../../sandbox/ledger";
import { requestsBeforeReset } from "../../sandbox/rate-window";
import { type CircuitOpening, readClosings, readNowMs, readOpenings } from "../witness";
import type { Evidence, Invariant } from "./evidence";

/** No account is asked between a 429 and the reset that it announced. */
export const noRequestBeforeReset: Invariant = {
  name: "no request before a reset",
  find: async ({ sandbox, underWayMs }) =>
    requestsBeforeReset(sandbox.ledger.entries, { graceMs: underWayMs }).map(
      ({ provider, path }) => `${provider} was asked for ${path} before the reset that it had announced`,
    ),
};

/** Nobody goes through an open circuit. */
export const noRequestThroughOpenCircuit: Invariant = {
  name: "no request through an open circuit",
  find: async (evidence) => {
    const { underWayMs } = evidence;
    const openings = await readOpenings(evidence.witness);
    const entries = await readEntries(evidence);
    return openings.flatMap((opening) => {
      const from = opening.openedAt.getTime() + underWayMs;
      const to = opening.openUntil.getTime() - CLOCK_DIFFERENCE_MS;
      const through = entriesBetween(evidence, opening, from, to, entries);
      return through.map(({ path }) => `${opening.provider} was asked for ${path} through an open circuit`);
    });
  },
};

/** Between two openings, when the cool-down is over and until the circuit is closed, one lead goes through and no other. */
export const oneProbePerCooldown: Invariant = {
  name: "one probe per cool-down",
  find: async (evidence) => {
    const openings = await readOpenings(evidence.witness);
    const closings = await readClosings(evidence.witness);
    const entries = await readEntries(evidence);
    return openings.flatMap((opening) => {
      const isSame = (other: Pick<CircuitOpening, "clientId" | "provider">) =>
        other.clientId === opening.clientId && other.provider === opening.provider;
      const closed = closings.find((closing) => isSame(closing) && closing.closedAt > opening.openedAt);
      const next = openings.find((other) => isSame(other) && other.openedAt > opening.openedAt);
      if (!next) return [];
      const openedAt = opening.openedAt.getTime();
      const from = opening.openUntil.getTime() - CLOCK_DIFFERENCE_MS;
      const to = Math.min(next.openedAt.getTime(), closed?.closedAt.getTime() ?? Number.POSITIVE_INFINITY);
      const probes = entriesBetween(evidence, opening, from, to, entries);
      const leads = new Set(probes.map(askedAbout).filter((lead) => lead !== null));
      const [afterMs, overMs] = [
        probes.map(({ at }) => Math.round(at - openedAt)).join(", "),
        Math.round(to - openedAt),
      ];
      const text = `${leads.size} leads went through a half-open circuit of ${opening.provider}`;
      return leads.size > 1 ? [`${text}, ${afterMs} ms after it opened; it was half-open until ${overMs} ms`] : [];
    });
  },
};

/** What is left between the two clocks once one is set by the other. */
const CLOCK_DIFFERENCE_MS = 50;

/**
 * What the ledger noted, by the database's clock, on which circuits run. The ledger's own counts evenly from the start of
 * the process, and in an hour that is tens of milliseconds from one that is set right now and then.
 */
async function readEntries({ witness, sandbox }: Evidence): Promise<LedgerEntry[]> {
  const askedAtMs = nowMs();
  const databaseMs = await readNowMs(witness);
  const aheadMs = (askedAtMs + nowMs()) / 2 - databaseMs;
  return sandbox.ledger.entries.map((entry) => ({ ...entry, at: entry.at - aheadMs }));
}

function entriesBetween(
  { world }: Evidence,
  { clientId, provider }: CircuitOpening,
  fromMs: number,
  toMs: number,
  entries: readonly LedgerEntry[],
): LedgerEntry[] {
  const account = world.accountOf(clientId, provider);
  const isOfAccount = (entry: LedgerEntry) => entry.provider === provider && entry.account === account;
  return entries.filter((entry) => isOfAccount(entry) && entry.at > fromMs && entry.at < toMs);
}

/**
 * Which lead a listing of meetings is about; null for all else, as a lead is searched for under another name than the one
 * that its meetings are listed by.
 */
export function askedAbout({ path, query }: Pick<LedgerEntry, "path" | "query">): string | null {
  if (path === "/scheduled_events") return new URLSearchParams(query).get("invitee_email");
  return /^\/contacts\/([^/]+)\/appointments$/.exec(path)?.[1] ?? null;
}
