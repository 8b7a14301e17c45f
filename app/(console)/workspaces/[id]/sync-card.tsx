import { Card, Empty } from "@/app/_components/card";
import { DataTable } from "@/app/_components/data-table";
import { Instant } from "@/app/_components/instant";
import type { SyncRow } from "@/lib/console/store/sync";

/** The workspace's latest syncs: what was compared, what was missing, what was flagged. */
export function SyncCard({ syncs }: { syncs: readonly SyncRow[] }) {
  return (
    <Card title="Sync health" note="Each hour what WhatsApp says is compared with what is on record.">
      {syncs.length === 0 ? (
        <Empty>This workspace was never synced: it has no Kapso credentials, or background sync has not run yet.</Empty>
      ) : (
        <DataTable
          label="Syncs"
          rows={syncs}
          keyOf={(row) => row.id}
          columns={[
            {
              name: "At",
              heading: true,
              sorted: "descending",
              cell: (row) => <Instant at={row.runAt.toISOString()} />,
            },
            { name: "Contacts", align: "right", cell: (row) => row.contactsChecked },
            { name: "Compared", align: "right", cell: (row) => row.verified },
            { name: "Had missed something", align: "right", cell: (row) => row.missed },
            { name: "Stale", align: "right", cell: (row) => row.staleFound },
            { name: "Flagged", align: "right", cell: (row) => row.flagged },
            { name: "Error", cell: (row) => row.error ?? "" },
          ]}
        />
      )}
    </Card>
  );
}
