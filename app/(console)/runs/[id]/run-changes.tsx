import { Badge, type Tone } from "@/app/_components/badge";
import { Card, Empty } from "@/app/_components/card";
import { DataTable } from "@/app/_components/data-table";
import { Instant } from "@/app/_components/instant";
import { Submit } from "@/app/_components/submit";
import { TextLink } from "@/app/_components/text-link";
import type { ConsoleScope, RunChange } from "@/lib/console/rules/run-result";
import { toWords } from "@/lib/console/rules/words";
import { reconcileWorkspace } from "../../workspaces/actions";

const TONES: Record<string, Tone> = { booked: "good", canceled: "bad", rescheduled: "warn" };

/** Lead by lead, what a run by hand changed or would change; a dry run can be applied from here. */
export function RunChanges(props: { runId: string; dryRun: boolean; ended: boolean; scope: ConsoleScope }) {
  const { dryRun, ended, scope } = props;
  return (
    <Card
      title={dryRun ? "What it would change" : "What it changed"}
      aside={<TextLink href={`/workspaces/${scope.clientId}`}>The workspace</TextLink>}
    >
      {scope.changes.length === 0 ? (
        <Empty>{dryRun ? "Nothing: what is on record is true." : "Nothing."}</Empty>
      ) : (
        <DataTable
          label={dryRun ? "Leads that would change" : "Leads that were changed"}
          rows={scope.changes}
          keyOf={(row) => row.leadId}
          columns={[
            {
              name: "Lead",
              heading: true,
              cell: (row) => <TextLink href={`/leads/${row.leadId}`}>{row.leadId.slice(0, 8)}</TextLink>,
            },
            { name: "Outcome", cell: (row) => <Badge tone={TONES[row.outcome] ?? "neutral"}>{row.outcome}</Badge> },
            { name: "On record", cell: (row) => <Meeting meeting={row.before} /> },
            { name: "In truth", cell: (row) => <Meeting meeting={row.after} /> },
            { name: "Besides", prose: true, cell: (row) => describeEffects(row) },
          ]}
        />
      )}
      {scope.changesLeftOut > 0 && <p className="mt-3 text-muted">And {scope.changesLeftOut} more leads.</p>}
      {dryRun && ended && (
        <form action={reconcileWorkspace} className="mt-4 grid gap-2">
          <input type="hidden" name="clientId" value={scope.clientId} />
          <input type="hidden" name="everybody" value={scope.everybody ? "yes" : "no"} />
          <input type="hidden" name="leadsMax" value={scope.leadsMax} />
          <input type="hidden" name="mode" value="apply" />
          <p className="text-muted">
            Applying asks the providers again and writes what is true then: should something change meanwhile, the newer
            truth is written.
          </p>
          <div>
            <Submit busy="Applying …" tone="primary">
              Apply
            </Submit>
          </div>
        </form>
      )}
    </Card>
  );
}

function Meeting({ meeting: { status, startAt } }: { meeting: RunChange["before"] }) {
  if (status === null) return <span className="text-muted">no meeting</span>;
  return (
    <>
      {toWords(status)}
      {startAt !== null && (
        <>
          {", "}
          <Instant at={startAt} />
        </>
      )}
    </>
  );
}

/** What follows besides the lead's copy of its meeting. */
function describeEffects({ transitions, after }: RunChange): string {
  const effects = transitions.map((transition) => {
    switch (transition) {
      case "booked":
        return "marked as booked, chasing ends, reminders start";
      case "rescheduled":
        return "a task";
      case "canceled":
        return after.status === "confirmed" ? "a task; another meeting stays" : "a task, no longer marked as booked";
      default:
        return transition;
    }
  });
  return effects.join("; ") || "nothing";
}
