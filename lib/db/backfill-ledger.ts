import { type Db, TRANSACTION_LIMITS, type Tx } from "./client";
import { type PageLimits, turningPage } from "./page-transaction";

/** With this begins the name of a unit that goes through all workspaces at once; any other is a workspace's id. */
export const EVERY_WORKSPACE = "*";

/** Whether a unit is one workspace, and not leads of all. */
export function isWorkspace(unit: string): boolean {
  return !unit.startsWith(EVERY_WORKSPACE);
}

export type Counts = Record<string, number>;

/** How far a run has come in one unit. */
export interface UnitState {
  /** The last key that was dealt with; null before the first. */
  cursor: string | null;
  done: boolean;
  counts: Counts;
}

/** How much further one page takes a unit. */
export interface UnitAdvance {
  /** The last key that is dealt with now. */
  cursor: string | null;
  done: boolean;
  /** What to add to the unit's counts. */
  counts: Counts;
}

/** What a run did to one lead. */
export interface LeadEntry {
  leadId: string;
  unit: string;
  outcome: string;
  tasksCreated: number;
  /** Why it failed; null where it did not. */
  reason: string | null;
}

/** A page that was dealt with. */
export interface PageEntry {
  unit: string;
  cursor: string | null;
  done: boolean;
  /** What to add to the unit's counts: leads that have no entry of their own. */
  counts: Counts;
  leads: LeadEntry[];
}

/** A run's books: what was done, and where to go on. */
export interface BackfillLedger {
  readonly invocation: number;
  /** The latest state of a unit, also where another process moved it. */
  readUnit(unit: string): Promise<UnitState>;
  /** Books a page together with the writes that it stands for: all of it is there after a crash, or none. */
  savePage(page: PageEntry, writes: (tx: Tx) => Promise<void>): Promise<void>;
  /**
   * Deals with the next page of a unit in one transaction with its books: `work` is told how far the unit has come and
   * says how far it came. One process at a time turns a page of a unit, so that no page is dealt with twice; another
   * waits until the page is booked or its process is dead. Each statement may take `statementTimeoutMs`.
   */
  turnPage<Page extends UnitAdvance>(
    unit: string,
    limits: PageLimits,
    work: (tx: Tx, before: UnitState) => Promise<Page>,
  ): Promise<{ page: Page; after: UnitState }>;
  /** Books one lead in the transaction that changes it. */
  recordLead(tx: Tx, entry: LeadEntry): Promise<void>;
  /** Leads of a unit that failed in an earlier invocation and were not taken up in this one, by id, after `afterId`. */
  findFailed(unit: string, afterId: string, limit: number): Promise<string[]>;
}

/** Where a unit has come to with a page. */
export function advanceUnit(before: UnitState, { cursor, done, counts }: UnitAdvance): UnitState {
  return { cursor, done, counts: addCounts(before.counts, counts) };
}

/** Books kept in the database, for runs that change it. */
export class DatabaseLedger implements BackfillLedger {
  constructor(
    private readonly db: Db,
    private readonly runId: string,
    readonly invocation: number,
  ) {}

  async readUnit(unit: string): Promise<UnitState> {
    const row = await this.db.backfillCursor.findUnique({ where: { runId_unit: { runId: this.runId, unit } } });
    return row ? { cursor: row.cursor, done: row.done, counts: readCounts(row.counts) } : { ...FRESH_UNIT };
  }

  async savePage(page: PageEntry, writes: (tx: Tx) => Promise<void>): Promise<void> {
    await this.db.$transaction(async (tx) => {
      await writes(tx);
      await this.recordLeads(tx, page.leads);
      await this.moveCursor(tx, page);
    }, TRANSACTION_LIMITS);
  }

  async turnPage<Page extends UnitAdvance>(
    unit: string,
    limits: PageLimits,
    work: (tx: Tx, before: UnitState) => Promise<Page>,
  ): Promise<{ page: Page; after: UnitState }> {
    return turningPage(this.db, limits, async (tx) => {
      const before = await this.holdUnit(tx, unit);
      const page = await work(tx, before);
      const after = advanceUnit(before, page);
      await tx.backfillCursor.update({
        where: { runId_unit: { runId: this.runId, unit } },
        data: { ...after, updatedAt: new Date() },
      });
      return { page, after };
    });
  }

  recordLead(tx: Tx, entry: LeadEntry): Promise<void> {
    return this.recordLeads(tx, [entry]);
  }

  async findFailed(unit: string, afterId: string, limit: number): Promise<string[]> {
    const rows = await this.db.backfillLead.findMany({
      where: {
        runId: this.runId,
        unit,
        outcome: "failed",
        invocation: { lt: this.invocation },
        leadId: { gt: afterId },
      },
      orderBy: { leadId: "asc" },
      take: limit,
      select: { leadId: true },
    });
    return rows.map((row) => row.leadId);
  }

  /** One statement, however many leads a page could not check. */
  private async recordLeads(tx: Tx, entries: readonly LeadEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await tx.$executeRaw`
      INSERT INTO "BackfillLead" AS b ("runId", "leadId", "unit", "outcome", "tasksCreated", "reason", "invocation")
      SELECT ${this.runId}, e."leadId", e."unit", e."outcome", e."tasksCreated", e."reason", ${this.invocation}::int
      FROM jsonb_to_recordset(${JSON.stringify(entries)}::jsonb)
        AS e("leadId" text, "unit" text, "outcome" text, "tasksCreated" int, "reason" text)
      ON CONFLICT ("runId", "leadId") DO UPDATE
        SET "outcome" = excluded."outcome", "tasksCreated" = b."tasksCreated" + excluded."tasksCreated",
            "reason" = excluded."reason", "invocation" = excluded."invocation", "at" = now()`;
  }

  /** The unit as it is now, held still until the end of the transaction: who else wants to turn a page waits. */
  private async holdUnit(tx: Tx, unit: string): Promise<UnitState> {
    const [row] = await tx.$queryRaw<{ cursor: string | null; done: boolean; counts: unknown }[]>`
      INSERT INTO "BackfillCursor" AS c ("runId", "unit") VALUES (${this.runId}, ${unit})
      ON CONFLICT ("runId", "unit") DO UPDATE SET "updatedAt" = now()
      RETURNING c."cursor", c."done", c."counts"`;
    return row ? { ...row, counts: readCounts(row.counts) } : { ...FRESH_UNIT };
  }

  /** The cursor only moves forward, and `done` stays. */
  private async moveCursor(tx: Tx, { unit, cursor, done, counts }: PageEntry): Promise<void> {
    await tx.$executeRaw`
      INSERT INTO "BackfillCursor" AS c ("runId", "unit", "cursor", "done", "counts")
      VALUES (${this.runId}, ${unit}, ${cursor}, ${done}, ${JSON.stringify(counts)}::jsonb)
      ON CONFLICT ("runId", "unit") DO UPDATE
        SET "cursor" = GREATEST(c."cursor", excluded."cursor"),
            "done" = c."done" OR excluded."done", "updatedAt" = now(),
            "counts" = c."counts" || (
              SELECT COALESCE(jsonb_object_agg(added."key", added."value"::int + COALESCE((c."counts" ->> added."key")::int, 0)), '{}')
              FROM jsonb_each_text(excluded."counts") AS added)`;
  }
}

const FRESH_UNIT: UnitState = { cursor: null, done: false, counts: {} };

/** Counts as they were stored; anything that is no number is left out. */
export function readCounts(value: unknown): Counts {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, count]) => typeof count === "number"));
}

/** Adds `added` to `counts`, name by name. */
export function addCounts(counts: Counts, added: Counts): Counts {
  const names = new Set([...Object.keys(counts), ...Object.keys(added)]);
  return Object.fromEntries([...names].map((name) => [name, (counts[name] ?? 0) + (added[name] ?? 0)]));
}
