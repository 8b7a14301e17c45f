import type { ReactNode } from "react";
import { cn } from "./cn";

export interface Column<Row> {
  name: string;
  /** The rows come in this order, by this column. */
  sorted?: "ascending" | "descending";
  align?: "right";
  /** Sentences: where room is scarce the table scrolls, before they become a word wide. */
  prose?: boolean;
  /** The cell that names its row. */
  heading?: boolean;
  cell(row: Row): ReactNode;
}

/** A table that scrolls by itself where the screen is narrower than it, and is within reach of a keyboard there. */
export function DataTable<Row>(props: {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf(row: Row): string;
}) {
  return (
    // biome-ignore lint/a11y: what scrolls has to be within reach of a keyboard, and is no set of fields
    <div role="group" aria-label={props.label} tabIndex={0} className="relative overflow-x-auto">
      <table className="w-full border-collapse text-left tabular-nums">
        <caption className="sr-only">{props.label}</caption>
        <thead>
          <tr className="border-b border-line-strong text-sm text-muted">
            {props.columns.map((column) => (
              <th
                key={column.name}
                scope="col"
                aria-sort={column.sorted}
                className={cn("whitespace-nowrap py-1.5 pr-5 font-medium last:pr-0", column.align && "text-right")}
              >
                {column.name}
                {column.sorted && <span aria-hidden="true">{column.sorted === "ascending" ? " ↑" : " ↓"}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={props.keyOf(row)} className="border-b border-line align-top last:border-0">
              {props.columns.map((column) => (
                <Cell key={column.name} column={column} row={row} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell<Row>({ column, row }: { column: Column<Row>; row: Row }) {
  const className = cn("py-2 pr-5 last:pr-0", column.align && "text-right", column.prose && "min-w-56");
  if (!column.heading) return <td className={className}>{column.cell(row)}</td>;
  return (
    <th scope="row" className={cn(className, "min-w-28 font-medium")}>
      {column.cell(row)}
    </th>
  );
}
