import { Badge } from "@/app/_components/badge";
import { Card, Empty, PageHeader } from "@/app/_components/card";
import { DataTable } from "@/app/_components/data-table";
import { Instant } from "@/app/_components/instant";
import { Live } from "@/app/_components/live";
import { TextLink } from "@/app/_components/text-link";
import { requireOperator } from "@/app/_session/operator";
import { placeOfAlarm } from "@/lib/console/rules/alarm-place";
import { providerName, toWords } from "@/lib/console/rules/words";
import { scrub } from "@/lib/core/scrub";
import { JobCard } from "./_overview/job-card";
import { readOverview } from "./_overview/read-overview";

export const metadata = { title: "Overview" };

export default async function OverviewPage() {
  const runtime = await requireOperator();
  const now = runtime.clock.now();
  const { jobs, circuits, alarms } = await readOverview(runtime);
  return (
    <>
      <PageHeader title="Overview" aside={<Live />}>
        Whether the crons do their work, and for whom they cannot.
      </PageHeader>
      <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
        {jobs.map((job) => (
          <JobCard key={job.job} job={job} now={now} />
        ))}
      </div>
      <Card title="Alarms">
        {alarms.length === 0 ? (
          <Empty>No alarm is firing.</Empty>
        ) : (
          <DataTable
            label="Alarms that fire"
            rows={alarms}
            keyOf={(row) => row.key}
            columns={[
              { name: "Kind", heading: true, cell: (row) => <Badge tone="bad">{toWords(row.kind)}</Badge> },
              { name: "Since", sorted: "descending", cell: (row) => <Instant at={row.since.toISOString()} /> },
              { name: "What", cell: (row) => scrub(row.summary) },
              { name: "See", cell: (row) => <PlaceLink alarm={row} /> },
            ]}
          />
        )}
      </Card>
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
              { name: "Provider", cell: (row) => providerName(row.provider) },
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

function PlaceLink({ alarm }: { alarm: { key: string; kind: string } }) {
  const place = placeOfAlarm(alarm);
  return place && <TextLink href={place.path}>{place.words}</TextLink>;
}
