import {
  addCounts,
  advanceUnit,
  type BackfillLedger,
  type Counts,
  type LeadEntry,
  type PageEntry,
  type UnitState,
} from "@/lib/db/backfill-ledger";
import type { FailedLead } from "@/lib/db/backfill-runs";
import type { Db } from "@/lib/db/client";
import { rehearsingPage } from "@/lib/db/page-transaction";

/** A state file lists no more failures than a person would read. */
const FAILURES_KEPT_MAX = 1000;

/** How far a run has come, in this process's memory: what its state file says. */
export class Books {
  constructor(
    readonly units: Record<string, UnitState>,
    readonly failed: FailedLead[],
  ) {}

  note({ unit, cursor, done, counts, leads }: PageEntry): void {
    const before = this.units[unit] ?? { cursor: null, done: false, counts: {} };
    this.units[unit] = {
      cursor: cursor ?? before.cursor,
      done: before.done || done,
      counts: addCounts(before.counts, counts),
    };
    for (const { leadId, outcome, reason } of leads) {
      const known = this.failed.findIndex((lead) => lead.leadId === leadId);
      if (known >= 0) this.failed.splice(known, 1);
      if (outcome === "failed" && this.failed.length < FAILURES_KEPT_MAX) {
        this.failed.push({ leadId, unit, reason: reason ?? "unknown" });
      }
    }
  }

  /** What all units' counts add up to. */
  sum(): Counts {
    return Object.values(this.units)
      .map((unit) => unit.counts)
      .reduce(addCounts, {});
  }
}

/** A ledger whose pages are noted in the books as well, once they are safe. */
export function noteIn(books: Books, ledger: BackfillLedger): BackfillLedger {
  return {
    invocation: ledger.invocation,
    readUnit: (unit) => ledger.readUnit(unit),
    recordLead: (tx, entry) => ledger.recordLead(tx, entry),
    findFailed: (unit, afterId, limit) => ledger.findFailed(unit, afterId, limit),
    savePage: async (page, writes) => {
      await ledger.savePage(page, writes);
      books.note(page);
    },
    turnPage: async (unit, limits, work) => {
      const turned = await ledger.turnPage(unit, limits, work);
      // Whole, and not added up: another process may have turned pages in between.
      books.units[unit] = turned.after;
      return turned;
    },
  };
}

/** The ledger of a run that writes nothing: these books are all there is. */
export function dryRunLedger(db: Db, books: Books): BackfillLedger {
  const stateOf = (unit: string) => books.units[unit] ?? { cursor: null, done: false, counts: {} };
  return {
    invocation: 1,
    readUnit: async (unit) => stateOf(unit),
    turnPage: async (unit, limits, work) => {
      const before = stateOf(unit);
      const page = await rehearsingPage(db, limits, (tx) => work(tx, before));
      const after = advanceUnit(before, page);
      books.units[unit] = after;
      return { page, after };
    },
    recordLead: async () => {},
    // It changes nothing, so there is nothing to take up again.
    findFailed: async () => [],
    savePage: async (page) => books.note({ ...page, counts: addCounts(page.counts, countEntries(page.leads)) }),
  };
}

function countEntries(leads: readonly LeadEntry[]): Counts {
  return leads.map(({ outcome, tasksCreated }): Counts => ({ [outcome]: 1, tasksCreated })).reduce(addCounts, {});
}
