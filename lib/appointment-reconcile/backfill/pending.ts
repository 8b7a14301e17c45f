import type { BackfillMonitor } from "@/lib/core/backfill-monitor";
import { sleep, withoutDeadline } from "@/lib/core/time";
import type { ReconcileDeps } from "../deps";
import { type CheckedLead, checkLeads, type PageContext } from "../page";
import type { Workspace } from "../records";

/** How often a workspace whose circuit is open looks whether it may go on. */
const CIRCUIT_LOOK_EVERY_MS = 500;
/** A circuit whose probe fails so often in a row has a reason that waiting does not mend. */
const FAILED_PROBES_MAX = 3;
/** A lead that others keep changing is tried so often before it counts as failed. */
const CONTENDED_ATTEMPTS_MAX = 3;

export interface PendingContext extends Omit<PageContext, "session"> {
  workspace: Workspace;
  monitor: BackfillMonitor;
}

export interface Dealt {
  checked: CheckedLead[];
  /** The leads that were not asked about, in order: the walk was stopped, or the provider is shut. */
  left: string[];
  /** The circuit opened again and again: there is no point in going on with this workspace. */
  shut: boolean;
}

/**
 * Asks about leads until every one of them has been asked about, through rate limits and open circuits, however long
 * that takes. Ends early only when the walk is stopped, the lease is lost, or the provider stays shut.
 */
export async function checkUntilAsked(
  deps: ReconcileDeps,
  leadIds: readonly string[],
  context: PendingContext,
): Promise<Dealt> {
  const { monitor, lease } = context;
  const contention = new Contention();
  const checked: CheckedLead[] = [];
  let left = [...leadIds];
  let failedProbes = 0;
  while (left.length > 0 && !monitor.stop.aborted && !lease?.signal.aborted) {
    const session = await openSession(deps, context);
    if (session === "circuit_open") {
      await waitForCircuit(monitor);
      continue;
    }
    const asking = left.slice(0, session.leadsMax);
    const results = await checkLeads(deps, asking, { ...context, session }).finally(() => session.close());
    monitor.requested(session.requestsSent());
    const dealt = results.map((one) => contention.settle(one)).filter(({ result }) => result.kind !== "put_back");
    checked.push(...dealt);
    left = withoutDealt(left, asking, results, dealt);
    const probeFailed = session.leadsMax === 1 && dealt.some(({ result }) => result.kind === "failed");
    failedProbes = probeFailed ? failedProbes + 1 : 0;
    if (failedProbes >= FAILED_PROBES_MAX || dealt.some(foundCredentialDead)) return { checked, left, shut: true };
  }
  return { checked, left, shut: false };
}

function openSession(deps: ReconcileDeps, { workspace, options, monitor }: PendingContext) {
  let goOn = () => {};
  return deps.openSession(workspace, {
    deadline: withoutDeadline(monitor.abort),
    dryRun: options.dryRun,
    onParked: () => {
      goOn = monitor.waiting("rate_limit");
    },
    onResumed: () => goOn(),
  });
}

async function waitForCircuit(monitor: BackfillMonitor): Promise<void> {
  const goOn = monitor.waiting("circuit");
  await sleep(CIRCUIT_LOOK_EVERY_MS, monitor.stop).catch(() => {});
  goOn();
}

/** Nobody mends a credential by waiting. */
function foundCredentialDead({ result }: CheckedLead): boolean {
  return result.kind === "failed" && result.error?.credentialDead === true;
}

/** Who is still to be asked about: neither dealt with nor, having been asked for, gone from the database. */
function withoutDealt(left: string[], asking: string[], results: CheckedLead[], dealt: CheckedLead[]): string[] {
  const present = new Set(results.map(({ lead }) => lead.id));
  const over = new Set(dealt.map(({ lead }) => lead.id));
  for (const id of asking) if (!present.has(id)) over.add(id);
  return left.filter((id) => !over.has(id));
}

/** Counts how often others got in between, and says when it is enough. */
class Contention {
  private readonly attempts = new Map<string, number>();

  settle(one: CheckedLead): CheckedLead {
    if (one.result.kind !== "put_back" || one.result.reason !== "changed_meanwhile") return one;
    const attempts = (this.attempts.get(one.lead.id) ?? 0) + 1;
    this.attempts.set(one.lead.id, attempts);
    if (attempts < CONTENDED_ATTEMPTS_MAX) return one;
    const reason = "others changed the lead each time while it was asked about";
    return { ...one, result: { kind: "failed", reason, error: null, countsForBreaker: false } };
  }
}
