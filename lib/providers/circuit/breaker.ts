import { isProviderFailure, type ProviderError } from "@/lib/core/errors";
import type { Db } from "@/lib/db/client";
import { addCheck, type CheckSignal, CIRCUIT_WINDOW, type CircuitSettings, shouldOpen } from "./rules";
import { type CircuitKey, claimProbe, readCircuit, recordChecks, releaseProbe } from "./store";

/** A circuit for one turn at a provider. */
export interface Breaker {
  /** How many checks may go through. */
  readonly checksMax: number;
  /** Notes how one check went, null for well. Returns whether the circuit is open now. */
  record(error: ProviderError | null): boolean;
  /** Writes what was noted. To be called once, when the last check is done. */
  close(): Promise<void>;
}

/**
 * A circuit for one turn: read when the turn begins, because another run may have opened it since this one chose its
 * workspaces; judged in memory after every check; written once at the end. While it is open nobody goes through; once
 * the cool-down is over the one who gets the probe does, with one check. A dry run takes no probe and writes nothing.
 */
export async function openBreaker(
  db: Db,
  key: CircuitKey,
  settings: CircuitSettings,
  { dryRun }: { dryRun: boolean },
): Promise<Breaker | "circuit_open"> {
  const circuit = await readCircuit(db, key);
  switch (circuit.state) {
    case "open":
      return "circuit_open";
    case "half_open": {
      const probeUntil = dryRun ? null : await claimProbe(db, key);
      return probeUntil ? probingBreaker(db, key, settings, probeUntil) : "circuit_open";
    }
    case "closed":
      return closedBreaker(db, key, settings, { outcomes: circuit.outcomes, dryRun });
  }
}

function closedBreaker(
  db: Db,
  key: CircuitKey,
  settings: CircuitSettings,
  { outcomes: before, dryRun }: { outcomes: readonly boolean[]; dryRun: boolean },
): Breaker {
  const checks = createCheckList();
  let outcomes = before;
  let isOpen = false;
  return {
    checksMax: Number.POSITIVE_INFINITY,
    record: (error) => {
      const signal = checks.add(error);
      outcomes = addCheck(outcomes, signal);
      isOpen ||= signal === "credential_dead" || shouldOpen(outcomes, settings);
      return isOpen;
    },
    close: async () => {
      if (dryRun || checks.signals.length === 0 || (isAllWell(before) && isAllWell(outcomes))) return;
      await recordChecks(db, key, checks.signals, checks.reason(), settings);
    },
  };
}

function probingBreaker(db: Db, key: CircuitKey, settings: CircuitSettings, probeUntil: Date): Breaker {
  const checks = createCheckList();
  return {
    checksMax: 1,
    record: (error) => isFailure(checks.add(error)),
    close: async () => {
      if (checks.signals.length === 0) await releaseProbe(db, key, probeUntil);
      else await recordChecks(db, key, checks.signals, checks.reason(), settings);
    },
  };
}

/** What a turn's checks said, and the last failure's words. */
function createCheckList() {
  const signals: CheckSignal[] = [];
  let reason = "";
  return {
    signals,
    reason: () => reason,
    add(error: ProviderError | null): CheckSignal {
      const signal = signalOf(error);
      signals.push(signal);
      if (error && isFailure(signal)) reason = error.message;
      return signal;
    },
  };
}

/** A window that is full of successes stays what it is with one more. */
function isAllWell(outcomes: readonly boolean[]): boolean {
  return outcomes.length >= CIRCUIT_WINDOW && !outcomes.includes(true);
}

function signalOf(error: ProviderError | null): CheckSignal {
  if (error === null) return "success";
  if (!isProviderFailure(error)) return "uncounted";
  return error.credentialDead ? "credential_dead" : "failure";
}

function isFailure(signal: CheckSignal): boolean {
  return signal === "failure" || signal === "credential_dead";
}
