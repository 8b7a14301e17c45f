"use client";

import { Empty } from "@/app/_components/card";
import { describeMs } from "@/lib/console/rules/words";
import type { DelaySplit } from "@/lib/response-timing/summary";

/**
 * The parts of the AI's delay beside each other, on average, each with its name and length below. Drawn in one piece, for
 * the same reason as `Sparkline`.
 */
export function DelayBar({ split }: { split: DelaySplit }) {
  if (split.mean === null) return <Empty>No answer of the AI’s whose job is known in this period.</Empty>;
  const { wholeMs, draftingMs, chosenMs, queueMs, sendMs } = split.mean;
  const parts = [
    { name: "until the job was set", ms: draftingMs, fill: "fill-line-strong" },
    { name: "chosen delay", ms: chosenMs, fill: "fill-series-1" },
    { name: "waiting in the queue", ms: queueMs, fill: "fill-series-2" },
    { name: "working and sending", ms: sendMs, fill: "fill-series-3" },
  ];
  const shown = parts.reduce((sum, { ms }) => sum + Math.max(0, ms), 0) || 1;
  let from = 0;
  return (
    <>
      <p>
        {describeMs(wholeMs)} on average, over {split.count} answers
        {split.outOfOrder > 0 && `; ${split.outOfOrder} of them with times that contradict each other`}.
      </p>
      <svg aria-hidden="true" viewBox="0 0 100 8" preserveAspectRatio="none" className="mt-3 h-8 w-full">
        {parts.map(({ name, ms, fill }) => {
          const width = (Math.max(0, ms) / shown) * 100;
          const x = from;
          from += width;
          return <rect key={name} x={x} y="0" width={width} height="8" className={fill} />;
        })}
      </svg>
      <dl className="mt-3 grid gap-1">
        {parts.map(({ name, ms, fill }) => (
          <div key={name} className="flex items-center gap-2">
            <svg aria-hidden="true" viewBox="0 0 8 8" className="size-3">
              <rect width="8" height="8" className={fill} />
            </svg>
            <dt className="text-muted">{name}</dt>
            <dd className="ml-auto font-medium tabular-nums">{ms < 0 ? `−${describeMs(-ms)}` : describeMs(ms)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
