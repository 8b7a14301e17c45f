import type { ReactNode } from "react";
import { cn } from "./cn";

export type Tone = "good" | "warn" | "bad" | "neutral" | "accent";

const TONES: Record<Tone, { className: string; mark: string }> = {
  good: { className: "bg-good-ground text-good", mark: "✓" },
  warn: { className: "bg-warn-ground text-warn", mark: "▲" },
  bad: { className: "bg-bad-ground text-bad", mark: "✕" },
  neutral: { className: "bg-sunken text-muted", mark: "○" },
  accent: { className: "bg-sunken text-accent", mark: "●" },
};

/** A state in a word. Its mark says the same as its colour, for those who do not see colours. */
export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  const { className, mark } = TONES[tone];
  return (
    <span
      className={cn("inline-flex items-center gap-1 whitespace-nowrap rounded px-1.5 text-sm font-medium", className)}
    >
      <span aria-hidden="true" className="text-[0.7em]">
        {mark}
      </span>
      {children}
    </span>
  );
}
