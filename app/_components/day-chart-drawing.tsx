"use client";

import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

export interface DaySeries {
  name: string;
  /** A colour of the theme, so that the chart changes with it. */
  color: string;
}

export interface DayFigures {
  /** As `2030-03-01`. */
  day: string;
  figures: Record<string, number | null>;
}

export interface DayChartProps {
  label: string;
  days: readonly DayFigures[];
  series: readonly DaySeries[];
  /** Written behind each figure. */
  unit?: string;
}

/** The drawing itself: bars beside each other, one group per day. */
export function DayChartDrawing({ days, series, unit = "" }: DayChartProps) {
  const data = days.map(({ day, figures }) => ({ day: day.slice(5), ...figures }));
  const axis = { stroke: "var(--line-strong)", tick: { fill: "var(--muted)", fontSize: 12 } };
  return (
    <ResponsiveContainer width="100%" height="100%">
      <BarChart data={data} margin={{ left: 0, right: 8, top: 8 }} accessibilityLayer={false}>
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis dataKey="day" {...axis} minTickGap={16} />
        <YAxis allowDecimals={false} width={44} {...axis} />
        <Tooltip
          cursor={{ fill: "var(--sunken)" }}
          contentStyle={{ background: "var(--surface)", border: "1px solid var(--line-strong)", color: "var(--ink)" }}
        />
        <Legend />
        {series.map(({ name, color }) => (
          <Bar key={name} dataKey={name} fill={color} unit={unit} isAnimationActive={false} />
        ))}
      </BarChart>
    </ResponsiveContainer>
  );
}
