import { Card, Empty, Facts, PageHeader } from "@/app/_components/card";
import { FilterForm, Select } from "@/app/_components/filter";
import { Pager } from "@/app/_components/pager";
import { type Query, readQuery } from "@/app/_components/query";
import { requireOperator } from "@/app/_session/operator";
import { capitalize, toWords } from "@/lib/console/rules/words";
import {
  countPaused,
  listDue,
  listPaused,
  listUncertain,
  PAUSED_COUNTED_MAX,
  sumFollowUpRuns,
} from "@/lib/console/store/follow-ups";
import { DAY_MS } from "@/lib/core/time";
import { InstanceTable } from "./instance-table";
import { UncertainTable } from "./uncertain-table";

export const metadata = { title: "Follow-ups" };

const DUE = "due";
const UNCERTAIN = "send_uncertain";

export default async function FollowUpsPage({ searchParams }: { searchParams: Query }) {
  const { db, clock } = await requireOperator();
  const query = await readQuery(searchParams, ["show", "after"]);
  const show = query.show ?? DUE;
  const [figures, paused] = await Promise.all([
    sumFollowUpRuns(db, new Date(clock.now().getTime() - DAY_MS)),
    countPaused(db),
  ]);
  const { backstop, ...counted } = figures;
  const choices = [
    { value: DUE, label: "due now" },
    { value: UNCERTAIN, label: "uncertain sends" },
    ...paused
      .filter(({ reason }) => reason !== UNCERTAIN)
      .map(({ reason, count }) => ({
        value: reason,
        label: `paused: ${reasonInWords(reason)} (${countInWords(count)})`,
      })),
  ];
  return (
    <>
      <PageHeader title="Follow-ups">What is due, what went out, and what keeps the rest from going.</PageHeader>
      <Card title="The last 24 hours" note="As the runs of the cron counted them.">
        <Facts
          items={{
            ...Object.fromEntries(Object.entries(counted).map(([name, count]) => [capitalize(name), count])),
            "Stopped by the backstop": backstop,
          }}
        />
      </Card>
      <Card title="Paused, by reason">
        {paused.length === 0 ? (
          <Empty>Nothing is paused.</Empty>
        ) : (
          <Facts
            items={Object.fromEntries(
              paused.map(({ reason, count }) => [capitalize(reasonInWords(reason)), countInWords(count)]),
            )}
          />
        )}
      </Card>
      <Card
        title={capitalize(choices.find(({ value }) => value === show)?.label ?? `paused: ${reasonInWords(show)}`)}
        aside={
          <FilterForm path="/follow-ups" label="Which follow-ups to show">
            <Select name="show" label="Show" value={show} choices={choices} />
          </FilterForm>
        }
      >
        <Listing show={show} after={query.after} />
      </Card>
    </>
  );
}

function reasonInWords(reason: string): string {
  return toWords(reason) || "no reason";
}

function countInWords(count: number): string {
  return count >= PAUSED_COUNTED_MAX ? `${PAUSED_COUNTED_MAX} or more` : String(count);
}

async function Listing({ show, after }: { show: string; after: string | undefined }) {
  const { db } = await requireOperator();
  const query = { show, after };
  if (show === UNCERTAIN) {
    const page = await listUncertain(db, { after });
    return (
      <>
        <UncertainTable rows={page.rows} />
        <Pager path="/follow-ups" query={query} next={page.next} />
      </>
    );
  }
  const page = await (show === DUE ? listDue(db, { after }) : listPaused(db, show, { after }));
  return (
    <>
      <InstanceTable rows={page.rows} />
      <Pager path="/follow-ups" query={query} next={page.next} />
    </>
  );
}
