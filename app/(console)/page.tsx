import { Badge } from "@/app/_components/badge";
import { Card, Empty, PageHeader } from "@/app/_components/card";
import { DataTable } from "@/app/_components/data-table";
import { Instant } from "@/app/_components/instant";
import { Live } from "@/app/_components/live";
import { TextLink } from "@/app/_components/text-link";
import { requireOperator } from "@/app/_session/operator";
import { readOverview } from "@/lib/console/overview";
import { JobCard } from "./_overview/job-card";

export const metadata = { title: "Overview" };

export default async function OverviewPage() {
  const { db, clock } = await requireOperator();
  const now = clock.now();
  const { jobs, circuits } = await readOverview(db, now);
  return (
    <>
      <PageHeader title="Overview" aside={<Live />}>
        Whether the crons do their work, and for whom they cannot.
      </PageHeader>
      <div className="grid grid-cols-[repeat(auto-fit,minmax(min(100%,19rem),1fr))] gap-4">
        {jobs.map((job) => (
          <JobCard key={job.job} job={job} now={now} />
        ))}
      </div>
      <Card
        title="Circuits that are open"
        note="A workspace behind an open circuit costs nothing until its cool-down is over."
      >
        {circuits.length === 0 ? (
          <Empty>Every circuit is closed: all workspaces can be asked about.</Empty>
        ) : (
          <DataTable
            label="Circuits that are open"
            rows={circuits}
            keyOf={(row) => `${row.clientId} ${row.provider}`}
            columns={[
              {
                name: "Workspace",
                heading: true,
                cell: (row) => <TextLink href={`/workspaces/${row.clientId}`}>{row.workspace}</TextLink>,
              },
              { name: "Provider", cell: (row) => row.provider },
              {
                name: "State",
                cell: (row) => (
                  <Badge tone={row.halfOpen ? "warn" : "bad"}>{row.halfOpen ? "half-open" : "open"}</Badge>
                ),
              },
              {
                name: "Open since",
                sorted: "descending",
                cell: (row) => row.openedAt && <Instant at={row.openedAt.toISOString()} />,
              },
              {
                name: "Cool-down ends",
                cell: (row) => <Instant at={row.openUntil.toISOString()} now={now.toISOString()} show="ago" />,
              },
              { name: "Why", cell: (row) => row.reason ?? "–" },
            ]}
          />
        )}
      </Card>
    </>
  );
}
