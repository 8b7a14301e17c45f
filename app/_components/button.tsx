import type { ComponentProps } from "react";
import { cn } from "./cn";

const BASE =
  "inline-flex min-h-9 items-center justify-center gap-2 rounded border px-3 py-1.5 font-medium no-underline disabled:cursor-not-allowed disabled:opacity-60";

const TONES = {
  primary: "border-accent bg-accent text-on-accent hover:brightness-110",
  plain: "border-line-strong bg-surface text-ink hover:bg-sunken",
  danger: "border-bad bg-surface text-bad hover:bg-bad-ground",
} as const;

export type ButtonTone = keyof typeof TONES;

/** How a button looks, for links that stand where a button would. */
export function buttonClass(tone: ButtonTone = "plain", more?: string): string {
  return cn(BASE, TONES[tone], more);
}

export function Button({ tone = "plain", className, ...props }: ComponentProps<"button"> & { tone?: ButtonTone }) {
  return <button {...props} className={buttonClass(tone, className)} />;
}
