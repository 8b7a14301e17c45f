import { Prisma } from "@/prisma/generated/client";
import type { Db } from "./client";

/** What this code expects: each table with its columns, as the generated client knows them. */
const EXPECTED: Record<string, string[]> = Object.fromEntries(
  Object.values(Prisma.ModelName).map((model) => [model, columnsOf(model)]),
);

/**
 * The columns that this code needs and the database lacks, as `Table.column`; empty when the schema is up to date.
 *
 * Reads the catalogue, not the migration history: a database that was migrated by other means is as good.
 */
export async function findMissingColumns(db: Db): Promise<string[]> {
  const rows = await db.$queryRaw<{ column: string }[]>`
    SELECT c.relname || '.' || a.attname AS "column"
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND c.relname = ANY (${Object.keys(EXPECTED)}) AND pg_table_is_visible(c.oid)`;
  const present = new Set(rows.map((row) => row.column));
  const expected = Object.entries(EXPECTED).flatMap(([table, columns]) => columns.map((name) => `${table}.${name}`));
  return expected.filter((column) => !present.has(column));
}

function columnsOf(model: string): string[] {
  const columns: unknown = Reflect.get(Prisma, `${model}ScalarFieldEnum`);
  if (typeof columns !== "object" || columns === null) throw new Error(`The generated client knows no table ${model}.`);
  return Object.values(columns);
}
