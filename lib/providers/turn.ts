import type { ProviderError } from "@/lib/core/errors";
import type { Deadline } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import { openBreaker } from "./circuit/breaker";
import type { CircuitKey } from "./circuit/store";
import type { RequestLimiter } from "./limiter";
import type { AccountLimiter } from "./rate-limit/account-limiter";
import { withParking } from "./rate-limit/parking";
import type { ProviderSettings } from "./settings";

/** A turn of one workspace at one provider, whatever it is for: behind the circuit, within the account's rate. */
export interface Turn {
  /** Gives the turn's permits, counts them, and tells when the workspace has to wait. */
  readonly limiter: RequestLimiter;
  /** How many things may be asked about: one while the circuit is half-open, else as many as there are. */
  readonly checksMax: number;
  /** Says how many requests are about to be sent, so that they are reserved together. */
  expectRequests(count: number): void;
  /** How many requests were sent in this turn so far. */
  requestsSent(): number;
  /** Tells the breaker how one check went: null for well. Returns whether the circuit is open now. */
  record(error: ProviderError | null): boolean;
  /** Settles the account and the circuit. To be called once, when the last check is done. */
  close(): Promise<void>;
}

export interface TurnOptions {
  deadline: Deadline;
  /** Opens no circuit and closes none; one that is not closed lets nothing through. */
  dryRun: boolean;
  /** The account has no requests left: the workspace waits, and another may have its place. */
  onParked?(): void;
  onResumed?(): void;
}

/** Opens a turn, or says that the circuit lets nobody through now. */
export async function openTurn(
  db: Db,
  key: CircuitKey,
  account: AccountLimiter,
  settings: Pick<ProviderSettings, "circuit">,
  { deadline, dryRun, onParked, onResumed }: TurnOptions,
): Promise<Turn | "circuit_open"> {
  const breaker = await openBreaker(db, key, settings.circuit, { dryRun });
  if (breaker === "circuit_open") return breaker;
  const hooks = { parked: () => onParked?.(), resumed: () => onResumed?.() };
  const counting = countRequests(withParking(account, hooks, () => deadline.remainingMs()));
  return {
    limiter: counting,
    checksMax: breaker.checksMax,
    expectRequests: (count) => account.expect(count),
    requestsSent: () => counting.sent,
    record: breaker.record,
    close: async () => {
      await account.settle();
      await breaker.close();
    },
  };
}

/** A view of a limiter that counts the permits it gave. */
function countRequests(limiter: RequestLimiter): RequestLimiter & { readonly sent: number } {
  let sent = 0;
  return {
    park: (ms) => limiter.park(ms),
    acquire: async (signal) => {
      const permit = await limiter.acquire(signal);
      sent++;
      return permit;
    },
    get sent() {
      return sent;
    },
  };
}
