"use client";

const WIDTH = 160;
const HEIGHT = 36;
const GAP = 1.5;

export interface SparkBar {
  key: string;
  value: number;
  tone: "usual" | "bad";
}

/**
 * A bar per run, the latest on the right. What it shows is said in its label as well.
 *
 * Drawn in one piece: what a server component puts into an SVG may be streamed later, into a place that React hides with
 * an inline style, which the pages' policy refuses.
 */
export function Sparkline({ bars, label, places }: { bars: readonly SparkBar[]; label: string; places: number }) {
  const highest = Math.max(1, ...bars.map((bar) => bar.value));
  const step = WIDTH / places;
  const offset = (places - bars.length) * step;
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className="h-9 w-full"
    >
      <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className="stroke-line" />
      {bars.map((bar, place) => {
        const height = bar.value === 0 ? 0 : Math.max(2, (bar.value / highest) * (HEIGHT - 2));
        return (
          <rect
            key={bar.key}
            x={offset + place * step}
            y={HEIGHT - 1 - height}
            width={step - GAP}
            height={height}
            className={bar.tone === "bad" ? "fill-bad" : "fill-series-1"}
          />
        );
      })}
    </svg>
  );
}
