import { Empty } from "@/app/_components/card";
import { DataTable } from "@/app/_components/data-table";
import { Instant } from "@/app/_components/instant";
import { Submit } from "@/app/_components/submit";
import { TextLink } from "@/app/_components/text-link";
import type { UncertainRow } from "@/lib/console/store/follow-ups";
import { settleSend } from "./actions";

/** Sends whose outcome nobody knows. Who has looked at the provider can say, and the sequence goes on. */
export function UncertainTable({ rows }: { rows: readonly UncertainRow[] }) {
  if (rows.length === 0) return <Empty>Every send has a known outcome.</Empty>;
  return (
    <>
      <p className="mb-3 text-muted">
        Look at the conversation at the provider before you decide: what you mark as not sent is sent again.
      </p>
      <DataTable
        label="Uncertain sends"
        rows={rows}
        keyOf={(row) => `${row.instanceId} ${row.round.toISOString()} ${row.stepOrder}`}
        columns={[
          { name: "Left", sorted: "ascending", cell: (row) => <Instant at={row.markedAt.toISOString()} /> },
          { name: "Lead", heading: true, cell: (row) => <TextLink href={`/leads/${row.leadId}`}>{row.lead}</TextLink> },
          { name: "Workspace", cell: (row) => row.workspace },
          { name: "Channel", cell: (row) => row.channel },
          { name: "Step", align: "right", cell: (row) => row.stepOrder },
          { name: "Why", prose: true, cell: (row) => row.reason ?? "–" },
          {
            name: "It was",
            cell: (row) => (
              <div className="flex gap-2">
                <Verdict row={row} verdict="sent">
                  Mark as sent
                </Verdict>
                <Verdict row={row} verdict="not_sent">
                  Mark as not sent
                </Verdict>
              </div>
            ),
          },
        ]}
      />
    </>
  );
}

function Verdict({ row, verdict, children }: { row: UncertainRow; verdict: string; children: string }) {
  return (
    <form action={settleSend}>
      <input type="hidden" name="instanceId" value={row.instanceId} />
      <input type="hidden" name="round" value={row.round.toISOString()} />
      <input type="hidden" name="stepOrder" value={row.stepOrder} />
      <input type="hidden" name="verdict" value={verdict} />
      <Submit busy="Noting …" small>
        {children}
      </Submit>
    </form>
  );
}
