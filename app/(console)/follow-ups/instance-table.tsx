import { Empty } from "@/app/_components/card";
import { DataTable } from "@/app/_components/data-table";
import { Instant } from "@/app/_components/instant";
import { TextLink } from "@/app/_components/text-link";
import type { FollowUpRow } from "@/lib/console/store/follow-ups";

/** Follow-ups that wait, each with its lead and when its next step is due. */
export function InstanceTable({ rows }: { rows: readonly FollowUpRow[] }) {
  if (rows.length === 0) return <Empty>There is none.</Empty>;
  return (
    <DataTable
      label="Follow-ups"
      rows={rows}
      keyOf={(row) => row.instanceId}
      columns={[
        {
          name: "Next step due",
          sorted: "ascending",
          cell: (row) => (row.nextStepDue ? <Instant at={row.nextStepDue.toISOString()} /> : "–"),
        },
        { name: "Lead", heading: true, cell: (row) => <TextLink href={`/leads/${row.leadId}`}>{row.lead}</TextLink> },
        { name: "Workspace", cell: (row) => row.workspace },
        { name: "Sequence", cell: (row) => row.sequence },
        { name: "Last step done", align: "right", cell: (row) => row.currentStep || "none" },
      ]}
    />
  );
}
