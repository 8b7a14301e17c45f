"use client";

import dynamic from "next/dynamic";
import type { DayChartProps } from "./day-chart-drawing";

/** Recharts is most of what the console has to load: it comes after the page, and only where there is a chart. */
const Chart = dynamic(() => import("./day-chart-drawing").then((module) => module.DayChartDrawing), {
  ssr: false,
  loading: () => <p className="grid h-64 place-items-center text-muted">Drawing …</p>,
});

/** Figures from day to day: drawn for those who see it, as a table for everybody. */
export function DayChart(props: DayChartProps) {
  return (
    <figure className="min-w-0">
      <figcaption className="sr-only">{props.label}</figcaption>
      <div aria-hidden="true" className="h-64">
        <Chart {...props} />
      </div>
      <details className="mt-3">
        <summary className="cursor-pointer text-accent">The same as a table</summary>
        {/* biome-ignore lint/a11y: what scrolls has to be within reach of a keyboard, and is no set of fields */}
        <div role="group" aria-label={props.label} tabIndex={0} className="mt-2 max-h-80 overflow-auto">
          <table className="text-left tabular-nums">
            <thead>
              <tr className="text-sm text-muted">
                <th scope="col" className="pr-6 font-medium">
                  Day
                </th>
                {props.series.map(({ name }) => (
                  <th key={name} scope="col" className="pr-6 text-right font-medium">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {props.days.map(({ day, figures }) => (
                <tr key={day}>
                  <th scope="row" className="pr-6 font-normal">
                    {day}
                  </th>
                  {props.series.map(({ name }) => (
                    <td key={name} className="pr-6 text-right">
                      {figures[name] ?? "–"}
                      {figures[name] != null && props.unit}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}
