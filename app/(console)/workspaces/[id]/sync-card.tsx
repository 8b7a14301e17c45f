import { Card, Empty, Facts } from "@/app/_components/card";
import { DataTable } from "@/app/_components/data-table";
import { Instant } from "@/app/_components/instant";
import { SyncState } from "@/app/_components/sync-state";
import type { WorkspaceHealth } from "@/lib/background-sync/health";
import type { SyncRow } from "@/lib/console/store/sync";

/** How the workspace's sync is, by which clocks, and its latest runs: what was compared, missing and flagged. */
export function SyncCard(props: {
  syncs: readonly SyncRow[];
  health: WorkspaceHealth | undefined;
  now: Date;
  hasCredentials: boolean;
}) {
  const { syncs, health, now } = props;
  return (
    <Card
      title="Sync health"
      aside={health && props.hasCredentials && <SyncState state={health.state} because={health.because} />}
      note="Each hour what WhatsApp says is compared with what is on record."
    >
      {syncs.length === 0 || health === undefined ? (
        <Empty>
          {props.hasCredentials
            ? "This workspace was never synced: background sync has not run yet."
            : "This workspace has no Kapso credentials, so there is nothing to compare with."}
        </Empty>
      ) : (
        <>
          <Clocks health={health} now={now} />
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
        </>
      )}
    </Card>
  );
}

/** One clock alone can look fresh while the others stand still. */
function Clocks({ health, now }: { health: WorkspaceHealth; now: Date }) {
  const ago = (at: Date | null, otherwise: string) =>
    at ? <Instant at={at.toISOString()} now={now.toISOString()} show="ago" /> : otherwise;
  return (
    <div className="mb-4">
      <Facts
        items={{
          "Last complete run": ago(health.polledAt, "none of late"),
          "Last known message": ago(health.messageAt, "none of late"),
          "Last repair": ago(health.changedAt, "none needed of late"),
        }}
      />
    </div>
  );
}
