"use client";

import { useSyncExternalStore } from "react";

type InstantStyle = "short" | "date" | "ago";

/**
 * An instant, in the viewer's zone. Until the page runs in a browser it is written in UTC, which is also what hovering
 * and focusing show, to the millisecond.
 */
export function Instant({ at, now, show = "short" }: { at: string; now?: string; show?: InstantStyle }) {
  const text = useSyncExternalStore(
    subscribeToNothing,
    () => format(at, { show, now, zone: undefined }),
    () => format(at, { show, now, zone: "UTC" }),
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the exact time has to be within reach of a keyboard
    <time dateTime={at} data-utc={at.replace("T", " ").replace("Z", " UTC")} className="instant" tabIndex={0}>
      {text}
    </time>
  );
}

const subscribeToNothing = () => () => undefined;

function format(at: string, how: { show: InstantStyle; now: string | undefined; zone: "UTC" | undefined }): string {
  const date = new Date(at);
  if (how.show === "ago") return describeAgo(date, how.now === undefined ? date : new Date(how.now));
  const zone = how.zone === undefined ? {} : { timeZone: how.zone };
  const time = { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false } as const;
  const parts = new Intl.DateTimeFormat("en-GB", {
    ...{ year: "numeric", month: "short", day: "2-digit" },
    ...(how.show === "date" ? {} : time),
    ...zone,
  });
  return `${parts.format(date)}${how.zone === "UTC" && how.show !== "date" ? " UTC" : ""}`;
}

/** How long ago, or how soon, in the coarsest unit that says something. Counted from when the page was made. */
function describeAgo(at: Date, now: Date): string {
  const seconds = Math.round((now.getTime() - at.getTime()) / 1000);
  const length = describeSeconds(Math.abs(seconds));
  if (Math.abs(seconds) < 1) return "now";
  return seconds < 0 ? `in ${length}` : `${length} ago`;
}

function describeSeconds(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
