import { Card, Empty, PageHeader } from "@/app/_components/card";
import { DataTable } from "@/app/_components/data-table";
import { FilterForm, Select } from "@/app/_components/filter";
import { Instant } from "@/app/_components/instant";
import { Pager } from "@/app/_components/pager";
import { type Query, readQuery } from "@/app/_components/query";
import { RunStatus } from "@/app/_components/run-badges";
import { TextLink } from "@/app/_components/text-link";
import { requireOperator } from "@/app/_session/operator";
import { SCHEDULED_JOBS } from "@/lib/console/rules/schedule";
import { describeMs } from "@/lib/console/rules/words";
import { listRuns } from "@/lib/console/store/runs";

export const metadata = { title: "Runs" };

const STATUSES = ["running", "completed", "partial", "skipped", "failed", "abandoned"];
const KINDS = { dry: true, real: false } as const;

export default async function RunsPage({ searchParams }: { searchParams: Query }) {
  const { db } = await requireOperator();
  const query = await readQuery(searchParams, ["job", "status", "kind", "after"]);
  const dryRun = query.kind === "dry" || query.kind === "real" ? KINDS[query.kind] : undefined;
  const page = await listRuns(db, { job: query.job, status: query.status, dryRun, after: query.after });
  const plain = (values: readonly string[]) => values.map((value) => ({ value, label: value }));
  return (
    <>
      <PageHeader title="Runs">Every run of every cron, dry ones and those by hand included, newest first.</PageHeader>
      <Card
        title="History"
        aside={
          <FilterForm path="/runs" label="Which runs to show">
            <Select
              name="job"
              label="Job"
              value={query.job}
              choices={[{ value: "", label: "all" }, ...plain(SCHEDULED_JOBS.map(({ job }) => job))]}
            />
            <Select
              name="status"
              label="Status"
              value={query.status}
              choices={[{ value: "", label: "any" }, ...plain(STATUSES)]}
            />
            <Select
              name="kind"
              label="Kind"
              value={query.kind}
              choices={[
                { value: "", label: "all" },
                { value: "real", label: "real runs" },
                { value: "dry", label: "dry runs" },
              ]}
            />
          </FilterForm>
        }
      >
        {page.rows.length === 0 ? (
          <Empty>No run is like that. Crons leave a row here each time they are called.</Empty>
        ) : (
          <DataTable
            label="Runs"
            rows={page.rows}
            keyOf={(row) => row.id}
            columns={[
              {
                name: "Started",
                sorted: "descending",
                cell: (row) => <Instant at={row.startedAt.toISOString()} />,
              },
              { name: "Job", heading: true, cell: (row) => <TextLink href={`/runs/${row.id}`}>{row.job}</TextLink> },
              { name: "Status", cell: (row) => <RunStatus status={row.status} dryRun={row.dryRun} /> },
              { name: "Called by", cell: (row) => row.trigger },
              {
                name: "Took",
                align: "right",
                cell: (row) => (row.durationMs === null ? "–" : describeMs(row.durationMs)),
              },
              { name: "Error", cell: (row) => row.error ?? "" },
            ]}
          />
        )}
        <Pager path="/runs" query={query} next={page.next} />
      </Card>
    </>
  );
}
