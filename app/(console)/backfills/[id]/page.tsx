import { notFound } from "next/navigation";
import { Badge } from "@/app/_components/badge";
import { Card, Empty, Facts, PageHeader } from "@/app/_components/card";
import { DataTable } from "@/app/_components/data-table";
import { Instant } from "@/app/_components/instant";
import { Live } from "@/app/_components/live";
import { Pager } from "@/app/_components/pager";
import { type Query, readQuery } from "@/app/_components/query";
import { TextLink } from "@/app/_components/text-link";
import { requireOperator } from "@/app/_session/operator";
import { paceOf } from "@/lib/console/rules/backfill-pace";
import { capitalize, describeMs, toWords } from "@/lib/console/rules/words";
import {
  countRemaining,
  listBackfillFailures,
  listUnits,
  REMAINING_COUNTED_MAX,
  readBackfill,
} from "@/lib/console/store/backfills";

export const metadata = { title: "Backfill" };

const FAILURES_SHOWN_MAX = 100;

export default async function BackfillPage(props: { params: Promise<{ id: string }>; searchParams: Query }) {
  const { db } = await requireOperator();
  const { id } = await props.params;
  const query = await readQuery(props.searchParams, ["after"]);
  const run = await readBackfill(db, id);
  if (run === null) notFound();
  const [units, failures, remaining] = await Promise.all([
    listUnits(db, id, query.after),
    listBackfillFailures(db, id, FAILURES_SHOWN_MAX),
    run.status === "finished" ? null : countRemaining(db, id),
  ]);
  const pace = paceOf({ ...run, remaining });
  const atLeast = remaining !== null && remaining >= REMAINING_COUNTED_MAX ? "at least " : "";
  const counts = Object.entries({ ...run.counts, ...run.outcomes }).map(([name, count]) => [
    capitalize(toWords(name)),
    count,
  ]);
  return (
    <>
      <PageHeader title={run.job} aside={run.status !== "finished" && <Live />}>
        A backfill that was taken up {run.invocations === 1 ? "once" : `${run.invocations} times`}.
      </PageHeader>
      <Card title="Progress" aside={<Badge tone={run.status === "finished" ? "good" : "accent"}>{run.status}</Badge>}>
        <Facts
          items={{
            Started: <Instant at={run.startedAt.toISOString()} />,
            "Last moved": <Instant at={run.movedAt.toISOString()} />,
            Ended: run.finishedAt ? <Instant at={run.finishedAt.toISOString()} /> : "not yet",
            "Leads dealt with": pace.dealtWith,
            "Left in workspaces begun": remaining === null ? "none" : `${atLeast}${remaining}`,
            "Rate, waits included": pace.perSecond === null ? "–" : `${pace.perSecond.toFixed(1)} leads/s`,
            "Time left": pace.remainingMs === null ? "–" : `${atLeast}${describeMs(pace.remainingMs)}`,
            "Workspaces done": `${run.unitsDone} of ${run.units} begun`,
            ...Object.fromEntries(counts),
          }}
        />
      </Card>
      <Card
        title="Leads that could not be checked"
        note={`At most ${FAILURES_SHOWN_MAX} of ${pace.failed}. Resuming takes them up again.`}
      >
        {failures.length === 0 ? (
          <Empty>Every lead could be checked.</Empty>
        ) : (
          <DataTable
            label="Leads that could not be checked"
            rows={failures}
            keyOf={(row) => row.leadId}
            columns={[
              {
                name: "Lead",
                heading: true,
                cell: (row) => <TextLink href={`/leads/${row.leadId}`}>{row.leadId.slice(0, 8)}</TextLink>,
              },
              { name: "Why", prose: true, cell: (row) => row.reason },
              { name: "At", cell: (row) => <Instant at={row.at.toISOString()} /> },
            ]}
          />
        )}
      </Card>
      <Card title="Workspaces">
        {units.rows.length === 0 ? (
          <Empty>No workspace was begun.</Empty>
        ) : (
          <DataTable
            label="Workspaces of this backfill"
            rows={units.rows}
            keyOf={(row) => row.unit}
            columns={[
              {
                name: "Workspace",
                heading: true,
                cell: (row) =>
                  row.workspace === null ? (
                    row.unit
                  ) : (
                    <TextLink href={`/workspaces/${row.unit}`}>{row.workspace}</TextLink>
                  ),
              },
              {
                name: "State",
                cell: (row) => <Badge tone={row.done ? "good" : "accent"}>{row.done ? "done" : "under way"}</Badge>,
              },
              { name: "Last moved", cell: (row) => <Instant at={row.updatedAt.toISOString()} /> },
            ]}
          />
        )}
        <Pager path={`/backfills/${id}`} query={query} next={units.next} />
      </Card>
    </>
  );
}
