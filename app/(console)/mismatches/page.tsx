import { Badge } from "@/app/_components/badge";
import { Card, Empty, PageHeader } from "@/app/_components/card";
import { DataTable } from "@/app/_components/data-table";
import { FilterForm, Select } from "@/app/_components/filter";
import { Instant } from "@/app/_components/instant";
import { Pager } from "@/app/_components/pager";
import { type Query, readQuery } from "@/app/_components/query";
import { TextLink } from "@/app/_components/text-link";
import { requireOperator } from "@/app/_session/operator";
import { toWords } from "@/lib/console/rules/words";
import {
  countMismatches,
  listMismatches,
  MISMATCH_KINDS,
  MISMATCHES_COUNTED_MAX,
  type MismatchKind,
} from "@/lib/console/store/mismatches";
import { listWorkspaceNames } from "@/lib/console/store/workspaces";
import { ReconcileButton } from "../leads/[id]/reconcile-button";

export const metadata = { title: "Mismatches" };
/** A lead that is reconciled here has this long, in seconds. */
export const maxDuration = 60;

const KINDS: Record<MismatchKind, { title: string; meaning: string }> = {
  said_booked: {
    title: "Said booked, no meeting",
    meaning: "The conversation was tagged as booked, and no provider knows of a meeting.",
  },
  marked_booked: {
    title: "Marked booked, no meeting",
    meaning: "The status says meeting-booked, and no provider knows of a meeting.",
  },
  unmarked_meeting: {
    title: "Meeting, not marked",
    meaning: "A confirmed meeting lies ahead, and the status does not say so: sequences may go on writing.",
  },
  lost_meeting: {
    title: "Marked booked, meeting gone",
    meaning: "The meeting was canceled or moved away, and the status still says meeting-booked.",
  },
};

/** A choice longer than this is no choice: with more workspaces the address takes any id. */
const WORKSPACES_OFFERED_MAX = 200;

export default async function MismatchesPage({ searchParams }: { searchParams: Query }) {
  const { db } = await requireOperator();
  const query = await readQuery(searchParams, ["kind", "clientId", "after"]);
  const kind = MISMATCH_KINDS.find((name) => name === query.kind) ?? "unmarked_meeting";
  const [counts, page, workspaces] = await Promise.all([
    countMismatches(db),
    listMismatches(db, kind, query),
    listWorkspaceNames(db, WORKSPACES_OFFERED_MAX),
  ]);
  const countOf = (name: MismatchKind) => `${counts[name]}${counts[name] >= MISMATCHES_COUNTED_MAX ? " or more" : ""}`;
  const choices = MISMATCH_KINDS.map((name) => ({ value: name, label: `${KINDS[name].title} (${countOf(name)})` }));
  return (
    <>
      <PageHeader title="Mismatches">Leads whose record contradicts itself. Each can be asked about now.</PageHeader>
      <Card
        title={KINDS[kind].title}
        note={KINDS[kind].meaning}
        aside={
          <FilterForm path="/mismatches" label="Which mismatches to show">
            <Select name="kind" label="Kind" value={kind} choices={choices} />
            <Select
              name="clientId"
              label="Workspace"
              value={query.clientId}
              choices={[{ value: "", label: "all" }, ...workspaces.map(({ id, name }) => ({ value: id, label: name }))]}
            />
          </FilterForm>
        }
      >
        {page.rows.length === 0 ? (
          <Empty>No lead contradicts itself in this way.</Empty>
        ) : (
          <DataTable
            label={KINDS[kind].title}
            rows={page.rows}
            keyOf={(row) => row.id}
            columns={[
              { name: "Lead", heading: true, cell: (row) => <TextLink href={`/leads/${row.id}`}>{row.name}</TextLink> },
              {
                name: "Workspace",
                cell: (row) => <TextLink href={`/workspaces/${row.clientId}`}>{row.workspace}</TextLink>,
              },
              { name: "Status", cell: (row) => row.status },
              { name: "Tag", cell: (row) => row.sentimentTag ?? "–" },
              {
                name: "Meeting",
                cell: (row) => (
                  <>
                    {row.appointmentStatus === null ? "none" : toWords(row.appointmentStatus)}
                    {row.startAt && (
                      <>
                        {", "}
                        <Instant at={row.startAt.toISOString()} />
                      </>
                    )}
                  </>
                ),
              },
              {
                name: "Last asked about",
                cell: (row) => (
                  <span className="inline-flex flex-wrap gap-2">
                    {row.lastCheckedAt ? <Instant at={row.lastCheckedAt.toISOString()} /> : "never"}
                    {row.failures > 0 && <Badge tone="bad">{row.failures} failed</Badge>}
                  </span>
                ),
              },
              { name: "Now", cell: (row) => <ReconcileButton leadId={row.id} name={row.name} /> },
            ]}
          />
        )}
        <Pager path="/mismatches" query={{ ...query, kind }} next={page.next} />
      </Card>
    </>
  );
}
