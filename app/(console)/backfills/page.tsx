import { Badge, type Tone } from "@/app/_components/badge";
import { Card, Empty, PageHeader } from "@/app/_components/card";
import { DataTable } from "@/app/_components/data-table";
import { Instant } from "@/app/_components/instant";
import { Live } from "@/app/_components/live";
import { Pager } from "@/app/_components/pager";
import { type Query, readQuery } from "@/app/_components/query";
import { TextLink } from "@/app/_components/text-link";
import { requireOperator } from "@/app/_session/operator";
import { paceOf } from "@/lib/console/rules/backfill-pace";
import { listBackfills } from "@/lib/console/store/backfills";

export const metadata = { title: "Backfills" };

const TONES: Record<string, Tone> = { running: "accent", stopped: "warn", finished: "good" };

export default async function BackfillsPage({ searchParams }: { searchParams: Query }) {
  const { db } = await requireOperator();
  const query = await readQuery(searchParams, ["after"]);
  const page = await listBackfills(db, query);
  return (
    <>
      <PageHeader title="Backfills" aside={<Live />}>
        Runs through history, started from a command line and kept on the books here. Dry ones keep no books.
      </PageHeader>
      <Card title="Running and past">
        {page.rows.length === 0 ? (
          <Empty>No backfill was ever applied on this database.</Empty>
        ) : (
          <DataTable
            label="Backfills"
            rows={page.rows}
            keyOf={(row) => row.id}
            columns={[
              { name: "Started", sorted: "descending", cell: (row) => <Instant at={row.startedAt.toISOString()} /> },
              {
                name: "Job",
                heading: true,
                cell: (row) => <TextLink href={`/backfills/${row.id}`}>{row.job}</TextLink>,
              },
              { name: "State", cell: (row) => <Badge tone={TONES[row.status] ?? "neutral"}>{row.status}</Badge> },
              { name: "Workspaces done", align: "right", cell: (row) => `${row.unitsDone} of ${row.units} begun` },
              { name: "Dealt with", align: "right", cell: (row) => paceOf({ ...row, remaining: null }).dealtWith },
              { name: "Failed", align: "right", cell: (row) => row.outcomes["failed"] ?? 0 },
              { name: "Last moved", cell: (row) => <Instant at={row.movedAt.toISOString()} /> },
            ]}
          />
        )}
        <Pager path="/backfills" query={query} next={page.next} />
      </Card>
    </>
  );
}
