import { Badge } from "@/app/_components/badge";
import { Empty } from "@/app/_components/card";
import { DataTable } from "@/app/_components/data-table";
import { Instant } from "@/app/_components/instant";
import { TextLink } from "@/app/_components/text-link";
import { describeMs, toWords } from "@/lib/console/rules/words";
import type { TurnRow, WaitingRow } from "@/lib/console/store/response-times";

export function TurnTable({ rows }: { rows: readonly TurnRow[] }) {
  if (rows.length === 0) return <Empty>No turn was answered in this period.</Empty>;
  return (
    <DataTable
      label="Turns"
      rows={rows}
      keyOf={(row) => row.id}
      columns={[
        {
          name: "Written",
          heading: true,
          sorted: "descending",
          cell: (row) => <Instant at={row.inboundSentAt.toISOString()} />,
        },
        { name: "Lead", cell: (row) => <TextLink href={`/leads/${row.leadId}`}>{row.lead}</TextLink> },
        { name: "Channel", cell: (row) => row.channel },
        { name: "AI", align: "right", cell: (row) => (row.aiMs === null ? "–" : describeMs(row.aiMs)) },
        {
          name: "People",
          align: "right",
          cell: (row) => (
            <>
              {row.setterMs === null ? "–" : describeMs(row.setterMs)}
              {row.setterSameTurn === false && " (later turn)"}
            </>
          ),
        },
        { name: "Odd", cell: (row) => row.anomaly && <Badge tone="warn">{toWords(row.anomaly)}</Badge> },
        { name: "Details", cell: (row) => <TextLink href={`/response-times/${row.id}`}>The two messages</TextLink> },
      ]}
    />
  );
}

export function WaitingTable({ rows, now }: { rows: readonly WaitingRow[]; now: Date }) {
  if (rows.length === 0) return <Empty>Nobody waits: every thread ends with a word of ours.</Empty>;
  return (
    <DataTable
      label="Threads that wait for an answer"
      rows={rows}
      keyOf={(row) => `${row.leadId} ${row.channel}`}
      columns={[
        {
          name: "Since",
          sorted: "ascending",
          cell: (row) => <Instant at={row.waitingSince.toISOString()} now={now.toISOString()} show="ago" />,
        },
        { name: "Lead", heading: true, cell: (row) => <TextLink href={`/leads/${row.leadId}`}>{row.lead}</TextLink> },
        { name: "Channel", cell: (row) => row.channel },
      ]}
    />
  );
}
