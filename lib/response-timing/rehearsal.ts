import type { Deadline } from "@/lib/core/time";
import { nameThread } from "./batch";
import type { TimingDeps, TimingScope } from "./deps";
import type { Drained } from "./drain";
import type { ThreadKey } from "./records";
import { peekChanges } from "./store/queue";
import { countChanges } from "./store/recompute";
import { countRows, type Tally } from "./tally";

/** A dry run's way through the queue: works out what the real one would do, and leaves all as it is. */
export class Rehearsal {
  readonly latestInboundSentAt = null;
  /** Threads that were counted: no entry goes away here, and many are about the same thread. */
  private readonly seen = new Set<string>();

  constructor(
    private readonly deps: TimingDeps,
    private readonly scope: TimingScope,
    private readonly tally: Tally,
    private readonly deadline: Deadline,
  ) {}

  async run(): Promise<Drained> {
    const { deps, scope, deadline } = this;
    let after = 0n;
    for (;;) {
      const page = await peekChanges(deps.db, { clientId: scope.clientId, after }, scope.batchSize);
      if (page.readTo === null) return "empty";
      if (deadline.passed()) return "out_of_time";
      await this.count(page.threads);
      after = page.readTo;
    }
  }

  /** Counts what a recomputation of these threads would do, once for each. */
  async count(threads: readonly ThreadKey[]): Promise<void> {
    const fresh = threads.filter((thread) => !this.seen.has(nameThread(thread)));
    for (const thread of fresh) this.seen.add(nameThread(thread));
    this.tally.processed += fresh.length;
    countRows(this.tally, await countChanges(this.deps.db, fresh, this.scope.since));
  }
}
