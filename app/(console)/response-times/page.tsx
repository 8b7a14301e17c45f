import { Card, Empty, PageHeader } from "@/app/_components/card";
import { DayChart } from "@/app/_components/day-chart";
import { FilterForm, Select } from "@/app/_components/filter";
import { Pager } from "@/app/_components/pager";
import { type Query, readQuery } from "@/app/_components/query";
import { requireOperator } from "@/app/_session/operator";
import { listTurns, listWaiting } from "@/lib/console/store/response-times";
import { listWorkspaceNames } from "@/lib/console/store/workspaces";
import { DAY_MS, MINUTE_MS } from "@/lib/core/time";
import { type ResponseTimingSummary, summarizeResponseTiming } from "@/lib/response-timing/summary";
import { ChannelTable } from "./channel-table";
import { DelayBar } from "./delay-bar";
import { TurnTable, WaitingTable } from "./turn-tables";

export const metadata = { title: "Response times" };

const PERIODS_DAYS = ["1", "7", "30"] as const;
/** A choice longer than this is no choice: with more workspaces the address takes any id. */
const WORKSPACES_OFFERED_MAX = 200;
/** Of so many leads it is looked up who waits: those who wrote first are those who wait longest. */
const WAITING_LEADS_MAX = 1_000;

export default async function ResponseTimesPage({ searchParams }: { searchParams: Query }) {
  const { db, clock } = await requireOperator();
  const query = await readQuery(searchParams, ["clientId", "days", "after"]);
  const workspaces = await listWorkspaceNames(db, WORKSPACES_OFFERED_MAX);
  const clientId = query.clientId ?? workspaces[0]?.id ?? "";
  const days = PERIODS_DAYS.find((name) => name === query.days) ?? "7";
  const to = clock.now();
  const scope = { clientId, to, from: new Date(to.getTime() - Number(days) * DAY_MS) };
  const [summary, turns, waiting] = await Promise.all([
    summarizeResponseTiming(db, { ...scope, countsUnanswered: false }),
    listTurns(db, { ...scope, after: query.after }),
    listWaiting(db, { ...scope, leadsMax: WAITING_LEADS_MAX }),
  ]);
  return (
    <>
      <PageHeader
        title="Response times"
        aside={
          <FilterForm path="/response-times" label="Whose response times to show">
            <Select
              name="clientId"
              label="Workspace"
              value={clientId}
              choices={workspaces.map(({ id, name }) => ({ value: id, label: name }))}
            />
            <Select
              name="days"
              label="Period"
              value={days}
              choices={PERIODS_DAYS.map((name) => ({ value: name, label: `last ${name} d` }))}
            />
          </FilterForm>
        }
      >
        How long leads wait for an answer: the AI and people side by side.
      </PageHeader>
      {summary === null || summary.all.turns === 0 ? (
        <Empty>No answered turn in this period. The response-timing cron makes one of every answer.</Empty>
      ) : (
        <Figures summary={summary} />
      )}
      <Card title="Waiting for an answer" note="Threads whose last word is the lead’s, the longest waiting first.">
        <WaitingTable rows={waiting} now={to} />
      </Card>
      <Card title="Turns" note="What leads wrote and when it was answered, newest first.">
        <TurnTable rows={turns.rows} />
        <Pager path="/response-times" query={{ clientId, days, after: query.after }} next={turns.next} />
      </Card>
    </>
  );
}

function Figures({ summary }: { summary: ResponseTimingSummary }) {
  const minutes = (ms: number | null) => (ms === null ? null : Math.round((ms / MINUTE_MS) * 10) / 10);
  return (
    <>
      <Card
        title="By channel"
        note="People’s figures are of answers in the same turn. p50: half of the answers took no longer; p90: nine tenths."
      >
        <ChannelTable rows={[{ channel: "all channels", ...summary.all }, ...summary.channels]} />
      </Card>
      <div className="grid gap-5 lg:grid-cols-2">
        <Card title="Half of the answers took no longer" note="By the workspace’s own days, in minutes.">
          <DayChart
            label="Median response time on each day, in minutes"
            unit=" min"
            days={summary.days.map((day) => ({
              day: day.date,
              figures: { AI: minutes(day.ai.p50Ms), people: minutes(day.setter.p50Ms) },
            }))}
            series={[
              { name: "AI", color: "var(--series-1)" },
              { name: "people", color: "var(--series-2)" },
            ]}
          />
        </Card>
        <Card title="Where the AI’s delay goes">
          <DelayBar split={summary.all.aiDelay} />
        </Card>
      </div>
    </>
  );
}
