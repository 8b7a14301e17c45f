import { Badge } from "@/app/_components/badge";
import { Card, Empty } from "@/app/_components/card";
import { DataTable } from "@/app/_components/data-table";
import { Instant } from "@/app/_components/instant";
import { TextLink } from "@/app/_components/text-link";
import { providerName } from "@/lib/console/rules/words";
import type { CircuitRow } from "@/lib/console/store/circuits";

/** For whom the crons do not work, since when, why, and until when. */
export function CircuitsCard({ circuits, now }: { circuits: readonly CircuitRow[]; now: Date }) {
  return (
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
              cell: (row) => <Badge tone={row.halfOpen ? "warn" : "bad"}>{row.halfOpen ? "half-open" : "open"}</Badge>,
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
            { name: "Why", prose: true, cell: (row) => row.reason ?? "–" },
          ]}
        />
      )}
    </Card>
  );
}
