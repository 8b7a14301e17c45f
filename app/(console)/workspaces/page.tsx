import { Badge } from "@/app/_components/badge";
import { Card, Empty, PageHeader } from "@/app/_components/card";
import { Circuits } from "@/app/_components/circuits";
import { DataTable } from "@/app/_components/data-table";
import { Instant } from "@/app/_components/instant";
import { Pager } from "@/app/_components/pager";
import { type Query, readQuery } from "@/app/_components/query";
import { SyncState } from "@/app/_components/sync-state";
import { TextLink } from "@/app/_components/text-link";
import { requireOperator } from "@/app/_session/operator";
import { readSyncHealth, type WorkspaceHealth } from "@/lib/background-sync/health";
import { listWorkspaces, type WorkspaceRow } from "@/lib/console/store/workspaces";

export const metadata = { title: "Workspaces" };

export default async function WorkspacesPage({ searchParams }: { searchParams: Query }) {
  const runtime = await requireOperator();
  const query = await readQuery(searchParams, ["after"]);
  const page = await listWorkspaces(runtime.db, query);
  const synced = page.rows.filter(({ kapso }) => kapso).map(({ id }) => id);
  const syncs = await readSyncHealth(runtime, synced);
  const now = runtime.clock.now().toISOString();
  return (
    <>
      <PageHeader title="Workspaces">Who is served, by which providers, and how that goes.</PageHeader>
      <Card title="All workspaces">
        {page.rows.length === 0 ? (
          <Empty>There is no workspace. Each is a row of the table Client.</Empty>
        ) : (
          <DataTable
            label="Workspaces"
            rows={page.rows}
            keyOf={(row) => row.id}
            columns={[
              {
                name: "Name",
                heading: true,
                sorted: "ascending",
                cell: (row) => <TextLink href={`/workspaces/${row.id}`}>{row.name}</TextLink>,
              },
              { name: "Credentials", cell: (row) => <CredentialNames row={row} /> },
              {
                name: "Circuits",
                cell: (row) => <Circuits open={row.openCircuits} />,
              },
              {
                name: "Last reconciled",
                cell: (row) =>
                  row.reconciledAt ? <Instant at={row.reconciledAt.toISOString()} now={now} show="ago" /> : "never",
              },
              {
                name: "Sync",
                cell: (row) => <SyncCell health={syncs.get(row.id)} now={now} />,
              },
              { name: "Zone", cell: (row) => row.timezone },
            ]}
          />
        )}
        <Pager path="/workspaces" query={query} next={page.next} />
      </Card>
    </>
  );
}

/** Without Kapso there is nothing to sync with. */
function SyncCell({ health, now }: { health: WorkspaceHealth | undefined; now: string }) {
  if (health === undefined) return "–";
  return (
    <span className="inline-flex flex-wrap gap-x-2">
      <SyncState state={health.state} because={health.because} />
      {health.polledAt && <Instant at={health.polledAt.toISOString()} now={now} show="ago" />}
    </span>
  );
}

function CredentialNames({ row }: { row: WorkspaceRow }) {
  const names = [row.ghl && "HighLevel", row.calendly && "Calendly", row.kapso && "Kapso"].filter(
    (name) => name !== false,
  );
  return names.length === 0 ? <Badge tone="warn">none</Badge> : names.join(", ");
}
