import { Badge } from "@/app/_components/badge";
import { Card, Empty } from "@/app/_components/card";
import { DataTable } from "@/app/_components/data-table";
import { Instant } from "@/app/_components/instant";
import { TextLink } from "@/app/_components/text-link";
import { placeOfAlarm } from "@/lib/console/rules/alarm-place";
import { toWords } from "@/lib/console/rules/words";
import { scrub } from "@/lib/core/scrub";
import type { Overview } from "./read-overview";

/** What is wrong now, each with a way to where one sees more of it. */
export function AlarmsCard({ alarms }: Pick<Overview, "alarms">) {
  return (
    <Card title="Alarms">
      {alarms.length === 0 ? (
        <Empty>No alarm is firing.</Empty>
      ) : (
        <DataTable
          label="Alarms that fire"
          rows={alarms}
          keyOf={(row) => row.key}
          columns={[
            { name: "Kind", heading: true, cell: (row) => <Badge tone="bad">{toWords(row.kind)}</Badge> },
            { name: "Since", sorted: "descending", cell: (row) => <Instant at={row.since.toISOString()} /> },
            { name: "What", cell: (row) => scrub(row.summary) },
            { name: "See", cell: (row) => <PlaceLink alarm={row} /> },
          ]}
        />
      )}
    </Card>
  );
}

function PlaceLink({ alarm }: { alarm: { key: string; kind: string } }) {
  const place = placeOfAlarm(alarm);
  return (
    place && (
      <span className="whitespace-nowrap">
        <TextLink href={place.path}>{place.words}</TextLink>
      </span>
    )
  );
}
