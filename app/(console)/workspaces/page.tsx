import { Badge } from "@/app/_components/badge";
import { Card, Empty, PageHeader } from "@/app/_components/card";
import { Circuits } from "@/app/_components/circuits";
import { DataTable } from "@/app/_components/data-table";
import { Instant } from "@/app/_components/instant";
import { Pager } from "@/app/_components/pager";
import { type Query, readQuery } from "@/app/_components/query";
import { TextLink } from "@/app/_components/text-link";
import { requireOperator } from "@/app/_session/operator";
import { listWorkspaces, type WorkspaceRow } from "@/lib/console/store/workspaces";

export const metadata = { title: "Workspaces" };

export default async function WorkspacesPage({ searchParams }: { searchParams: Query }) {
  const { db, clock } = await requireOperator();
  const query = await readQuery(searchParams, ["after"]);
  const page = await listWorkspaces(db, query);
  const now = clock.now().toISOString();
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
                name: "Last sync",
                cell: (row) => (
                  <span className="inline-flex gap-2">
                    {row.lastSyncAt ? <Instant at={row.lastSyncAt.toISOString()} now={now} show="ago" /> : "never"}
                    {row.lastSyncAt && row.lastSyncFailed && <Badge tone="bad">failed</Badge>}
                  </span>
                ),
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

function CredentialNames({ row }: { row: WorkspaceRow }) {
  const names = [row.ghl && "HighLevel", row.calendly && "Calendly", row.kapso && "Kapso"].filter(
    (name) => name !== false,
  );
  return names.length === 0 ? <Badge tone="warn">none</Badge> : names.join(", ");
}
