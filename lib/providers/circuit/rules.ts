/** The breaker's rules, pure. Contract: one per workspace and provider, over its last 20 checks. */

/** How many of the latest checks are looked at. */
export const CIRCUIT_WINDOW = 20;

export interface CircuitSettings {
  /** Opens at this share of failures, 0 to 1. */
  errorRate: number;
  /** And not before this many checks. */
  checksMin: number;
  /** How long it stays open, in milliseconds. */
  cooldownMs: number;
}

/** What became of one check, for the breaker. */
export type CheckSignal =
  | "success"
  /** Transient, malformed or refused credentials. */
  | "failure"
  /** A credential that is certainly dead: opens the circuit at once. */
  | "credential_dead"
  /** Says nothing about the provider's health: 404, 422, 429. */
  | "uncounted";

export type CircuitState = "closed" | "open" | "half_open";

/** Where a circuit stands. `openUntil` past means half-open: one probe may go through. */
export function circuitState(circuit: { openUntil: Date | null }, now: Date): CircuitState {
  if (circuit.openUntil === null) return "closed";
  return circuit.openUntil > now ? "open" : "half_open";
}

/** The window with one more check in it; true is a failure. */
export function addCheck(outcomes: readonly boolean[], signal: CheckSignal): boolean[] {
  if (signal === "uncounted") return [...outcomes];
  return [...outcomes, signal !== "success"].slice(-CIRCUIT_WINDOW);
}

/** Whether these checks are bad enough to open the circuit. */
export function shouldOpen(outcomes: readonly boolean[], settings: CircuitSettings): boolean {
  const failures = outcomes.filter(Boolean).length;
  const checksMin = Math.min(settings.checksMin, CIRCUIT_WINDOW);
  return failures > 0 && outcomes.length >= checksMin && failures / outcomes.length >= settings.errorRate;
}

export interface CircuitChange {
  outcomes: boolean[];
  opens: boolean;
  closes: boolean;
}

/**
 * What a page's checks do to a circuit. It opens if any of them was the one too many, as it did for the page itself, also
 * if those that were under way by then went well. After a probe that went through, the past is forgotten.
 */
export function applyChecks(
  stored: { outcomes: readonly boolean[]; openUntil: Date | null },
  signals: readonly CheckSignal[],
  now: Date,
  settings: CircuitSettings,
): CircuitChange {
  const dead = signals.includes("credential_dead");
  switch (circuitState(stored, now)) {
    case "open":
      return { outcomes: [...stored.outcomes], opens: false, closes: false };
    case "half_open": {
      const failed = dead || signals.includes("failure");
      const passed = !failed && signals.length > 0;
      return { outcomes: passed ? [] : [...stored.outcomes], opens: failed, closes: passed };
    }
    case "closed": {
      let outcomes = [...stored.outcomes];
      let opens = dead;
      for (const signal of signals) {
        outcomes = addCheck(outcomes, signal);
        opens ||= shouldOpen(outcomes, settings);
      }
      return { outcomes, opens, closes: false };
    }
  }
}
