import type { Patch } from "./copy";

/** What stands between a fault and its harm, and how it is taken away. */
export interface Guard {
  name: string;
  /** Where the program is rewritten. */
  patches?: readonly Patch[];
  /** What is done to the scratch database. */
  sql?: string;
}

const LEASE = "lib/db/lease.ts";

/** By the name of the guard. Where two hold the same thing, both go: one alone would be missed by nobody. */
export const GUARDS = {
  fence: {
    name: "the fence in the lead's transaction",
    patches: [
      { file: LEASE, replace: "if (rows.length === 0) throw new CutOffError", by: "if (false) throw new CutOffError" },
    ],
  },
  compareAndSet: {
    name: "compare-and-set on the lead",
    patches: [
      {
        file: "lib/appointment-reconcile/act.ts",
        replace: "if (!present || !isDeepStrictEqual(present, lead))",
        by: "if (!present || !isDeepStrictEqual(present.id, lead.id))",
      },
    ],
  },
  leaseClaim: {
    name: "one holder of a lease",
    patches: [{ file: LEASE, replace: `WHERE "Lease"."expiresAt" <= clock_timestamp()`, by: "WHERE true" }],
  },
  effectKey: { name: "the unique key of an effect", sql: `DROP INDEX "FollowUpTask_effectKey_key"` },
  openCircuit: {
    name: "the open circuit",
    patches: [
      {
        file: "lib/providers/circuit/breaker.ts",
        replace: `case "open":\n      return "circuit_open";`,
        by: `case "open":\n      return closedBreaker(db, key, settings, { outcomes: [], dryRun });`,
      },
      {
        file: "lib/appointment-reconcile/eligibility.ts",
        replace: "circuit.openUntil !== null && circuit.openUntil > times.now",
        by: "circuit.openUntil !== null && circuit.openUntil < new Date(0)",
      },
    ],
  },
  oneProbe: {
    name: "one lead through a half-open circuit",
    patches: [
      {
        file: "lib/providers/circuit/breaker.ts",
        replace: "checksMax: 1,\n    record: (error) => isFailure(checks.add(error)),",
        by: "checksMax: 100,\n    record: (error) => isFailure(checks.add(error)) && false,",
      },
    ],
  },
  parking: {
    name: "parking an account after a 429",
    patches: [
      {
        file: "lib/providers/request.ts",
        replace: "if (parkMs !== null) await options.limiter.park(parkMs);",
        by: "",
      },
    ],
  },
  retryBudget: {
    name: "the budget of retries",
    patches: [
      {
        file: "lib/providers/request.ts",
        replace: "retries === TRANSIENT_RETRIES_MAX || !budget.trySpend()",
        by: "retries === TRANSIENT_RETRIES_MAX",
      },
    ],
  },
  abandonedRuns: {
    name: "closing the rows of runs that were killed",
    patches: [
      {
        file: "lib/cron/define-cron.ts",
        replace: "await closeAbandonedRuns(db, job, definition.maxDuration * 1000);",
        by: "",
      },
    ],
  },
  secret: {
    name: "comparing the whole secret",
    patches: [
      {
        file: "lib/cron/authorize.ts",
        replace: "timingSafeEqual(digest(presented), digest(secret))",
        by: "secret.startsWith(presented)",
      },
    ],
  },
  strictParameters: {
    name: "refusing parameters that do not exist",
    patches: [{ file: "lib/cron/params.ts", replace: "z.strictObject(", by: "z.object(" }],
  },
  head: {
    name: "refusing HEAD",
    patches: [{ file: "lib/cron/define-cron.ts", replace: "HEAD: refuse", by: "HEAD: handle" }],
  },
  dryByDefault: {
    name: "a backfill is dry unless told otherwise",
    patches: [{ file: "lib/cli/define-backfill.ts", replace: "dryRun: !flags.apply,", by: "dryRun: false," }],
  },
  cursor: {
    name: "a cursor that stops before what was not dealt with",
    patches: [
      {
        file: "lib/appointment-reconcile/backfill/walk.ts",
        replace: "cursor = lastDealtWith(ids, dealt.left) ?? cursor;",
        by: "cursor = ids.at(-1) ?? lastDealtWith(ids, dealt.left);",
      },
    ],
  },
  workspaceOrder: {
    name: "least recently reconciled first",
    patches: [
      {
        file: "lib/appointment-reconcile/store/workspaces.ts",
        replace: `orderBy: [{ appointmentReconciledAt: { sort: "asc", nulls: "first" } }, { id: "asc" }],`,
        by: `orderBy: [{ createdAt: "asc" }, { id: "asc" }],`,
      },
    ],
  },
  sendLedger: {
    name: "putting a send on record before it leaves",
    patches: [
      {
        file: "lib/followups/delivery.ts",
        replace: "(await markSending(tx, marked, day, ttlMs))",
        by: "(day && ttlMs)",
      },
    ],
  },
  redecision: {
    name: "deciding again, with the lead held, before a message leaves",
    patches: [
      {
        file: "lib/followups/delivery.ts",
        replace: "const plan = planInstance(due, { now, senders });",
        by: `const plan: Plan = { kind: "send", send };`,
      },
    ],
  },
  flagCooldown: {
    name: "the cooldown of flags, inside the query",
    patches: [
      {
        file: "lib/background-sync/store/contacts.ts",
        replace: `AND n."addedAt" > now() - interval '24 hours'`,
        by: "AND false",
      },
    ],
  },
} as const satisfies Record<string, Guard>;
