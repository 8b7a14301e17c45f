import { notFound } from "next/navigation";
import { Badge } from "@/app/_components/badge";
import { Card, Empty, Facts, PageHeader } from "@/app/_components/card";
import { Circuits } from "@/app/_components/circuits";
import { DayChart } from "@/app/_components/day-chart";
import { Instant } from "@/app/_components/instant";
import { requireOperator } from "@/app/_session/operator";
import { readSyncHealth } from "@/lib/background-sync/health";
import { zoneOr } from "@/lib/console/rules/zone";
import { listSyncs } from "@/lib/console/store/sync";
import { BACKLOG_COUNTED_MAX, readBacklog, readMeetingDays } from "@/lib/console/store/workspace-work";
import { readWorkspace } from "@/lib/console/store/workspaces";
import { DAY_MS } from "@/lib/core/time";
import { RunByHandForm } from "./run-by-hand-form";
import { SyncCard } from "./sync-card";

export const metadata = { title: "Workspace" };
/** A run that is started here has this long, in seconds. */
export const maxDuration = 60;

const DAYS_SHOWN = 30;
const SYNCS_SHOWN = 24;

export default async function WorkspacePage({ params }: { params: Promise<{ id: string }> }) {
  const runtime = await requireOperator();
  const { db, env } = runtime;
  const { id } = await params;
  const now = runtime.clock.now();
  const staleBefore = new Date(now.getTime() - env.RECONCILE_STALE_DAYS * DAY_MS);
  const workspace = await readWorkspace(db, id);
  if (workspace === null) notFound();
  const zone = zoneOr(workspace.timezone);
  const [backlog, days, syncs, syncHealth] = await Promise.all([
    readBacklog(db, id, staleBefore),
    readMeetingDays(db, { clientId: id, zone, days: DAYS_SHOWN }),
    listSyncs(db, id, SYNCS_SHOWN),
    readSyncHealth(runtime, [id]),
  ]);
  const ago = (at: Date | null) =>
    at ? <Instant at={at.toISOString()} now={now.toISOString()} show="ago" /> : "never";
  const there = (is: boolean) => <Badge tone={is ? "good" : "neutral"}>{is ? "there" : "none"}</Badge>;
  const count = (figure: number) => (figure >= BACKLOG_COUNTED_MAX ? `${BACKLOG_COUNTED_MAX} or more` : String(figure));
  const paused = workspace.followUpsPausedUntil;
  return (
    <>
      <PageHeader title={workspace.name}>
        In {workspace.timezone}. Meetings are booked through{" "}
        {workspace.bookingProvider ?? "whichever provider has credentials"}.
      </PageHeader>
      <div className="grid gap-5 lg:grid-cols-2">
        <Card title="How it stands">
          <Facts
            items={{
              "HighLevel credentials": there(workspace.ghl),
              "Calendly credentials": there(workspace.calendly),
              "Kapso credentials": there(workspace.kapso),
              Circuits: <Circuits open={workspace.openCircuits} />,
              "Last reconciled": ago(workspace.reconciledAt),
              "Follow-ups": paused !== null && paused > now ? <>paused until {ago(paused)}</> : "running",
            }}
          />
        </Card>
        <Card title="Backlog" note={`Leads that wrote to us, counted up to ${BACKLOG_COUNTED_MAX} of each kind.`}>
          <Facts
            items={{
              "Never asked about": count(backlog.neverChecked),
              [`Not asked about for ${env.RECONCILE_STALE_DAYS} days`]: count(backlog.stale),
              "Waiting after failures": count(backlog.waiting),
              "With a meeting ahead": count(backlog.meetingsAhead),
              "Oldest check": ago(backlog.oldestCheckAt),
            }}
          />
        </Card>
      </div>
      <RunByHandForm clientId={workspace.id} />
      <Card title={`Meetings, last ${DAYS_SHOWN} days`} note={`By the workspace’s own days (${zone}).`}>
        {days.every(({ booked, canceled, rescheduled }) => booked + canceled + rescheduled === 0) ? (
          <Empty>No meeting was booked, cancelled or moved in these days.</Empty>
        ) : (
          <DayChart
            label={`Meetings booked, canceled and rescheduled on each of the last ${DAYS_SHOWN} days`}
            days={days.map(({ day, ...figures }) => ({ day, figures }))}
            series={[
              { name: "booked", color: "var(--series-1)" },
              { name: "canceled", color: "var(--series-2)" },
              { name: "rescheduled", color: "var(--series-3)" },
            ]}
          />
        )}
      </Card>
      <SyncCard syncs={syncs} health={syncHealth.get(id)} now={now} hasCredentials={workspace.kapso} />
    </>
  );
}
