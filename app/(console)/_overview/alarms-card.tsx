import { Badge } from "@/app/_components/badge";
import { Card, Empty } from "@/app/_components/card";
import { Instant } from "@/app/_components/instant";
import { TextLink } from "@/app/_components/text-link";
import { placeOfAlarm } from "@/lib/console/rules/alarm-place";
import { toWords } from "@/lib/console/rules/words";
import { scrub } from "@/lib/core/scrub";
import type { Overview } from "./read-overview";

/** What is wrong now, what began last first, each with a way to where one sees more of it. */
export function AlarmsCard({ alarms, now }: Pick<Overview, "alarms"> & { now: Date }) {
  return (
    <Card title="Alarms">
      {alarms.length === 0 ? (
        <Empty>No alarm is firing.</Empty>
      ) : (
        <ul className="divide-y divide-line">
          {alarms.map((alarm) => (
            <Alarm key={alarm.key} alarm={alarm} now={now} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Alarm({ alarm, now }: { alarm: Overview["alarms"][number]; now: Date }) {
  const place = placeOfAlarm(alarm);
  return (
    <li className="grid gap-x-5 gap-y-1 py-2.5 first:pt-0 last:pb-0 sm:grid-cols-[9rem_1fr_auto]">
      <span>
        <Badge tone="bad">{toWords(alarm.kind)}</Badge>
      </span>
      <p className="min-w-0 break-words">
        {scrub(alarm.summary)} {place && <TextLink href={place.path}>See {place.words}</TextLink>}
      </p>
      <p className="text-muted">
        <Instant at={alarm.since.toISOString()} now={now.toISOString()} show="ago" />
      </p>
    </li>
  );
}
