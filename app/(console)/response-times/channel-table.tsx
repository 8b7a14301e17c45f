import { DataTable } from "@/app/_components/data-table";
import { describeMs } from "@/lib/console/rules/words";
import type { Durations, Timing } from "@/lib/response-timing/summary";

type Row = Timing & { channel: string };

interface Line {
  key: string;
  channel: string;
  who: string;
  durations: Durations;
  turns: number;
  later: number | null;
}

/** Two lines per channel, the AI's above the people's, so that figures stand under figures. */
export function ChannelTable({ rows }: { rows: readonly Row[] }) {
  const lines = rows.flatMap(({ channel, turns, ai, setter, setterLater }): Line[] => [
    { key: `${channel} ai`, channel, who: "AI", durations: ai, turns, later: null },
    { key: `${channel} people`, channel, who: "people", durations: setter, turns, later: setterLater },
  ]);
  const share = (durations: Durations, minutes: number) => {
    const found = durations.within.find((each) => each.minutes === minutes);
    return found?.share == null ? "–" : `${Math.round(found.share * 100)} %`;
  };
  return (
    <DataTable
      label="Response times by channel"
      rows={lines}
      keyOf={(line) => line.key}
      columns={[
        { name: "Channel", heading: true, cell: ({ channel }) => channel },
        { name: "By", cell: ({ who }) => who },
        { name: "Answers", align: "right", cell: ({ durations, turns }) => `${durations.count} of ${turns}` },
        { name: "p50", align: "right", cell: ({ durations }) => describe(durations.p50Ms) },
        { name: "p90", align: "right", cell: ({ durations }) => describe(durations.p90Ms) },
        { name: "≤ 1 min", align: "right", cell: ({ durations }) => share(durations, 1) },
        { name: "≤ 5 min", align: "right", cell: ({ durations }) => share(durations, 5) },
        { name: "≤ 15 min", align: "right", cell: ({ durations }) => share(durations, 15) },
        { name: "≤ 1 h", align: "right", cell: ({ durations }) => share(durations, 60) },
        { name: "Later turn", align: "right", cell: ({ later }) => later ?? "–" },
        { name: "Clock skew", align: "right", cell: ({ durations }) => durations.anomalies },
      ]}
    />
  );
}

function describe(ms: number | null): string {
  return ms === null ? "–" : describeMs(ms);
}
