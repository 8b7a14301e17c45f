import { DAY_MS, MINUTE_MS } from "@/lib/core/time";
import type { Progress } from "../records";
import type { Conversation } from "../source";

/** A workspace that was never compared is compared this far back (contract §9). */
const FIRST_LOOK_MS = 7 * DAY_MS;

/** How far a comparison reaches into the one before it: for messages on their way then, and clocks that differ. */
const OVERLAP_MS = 10 * MINUTE_MS;

/** What could not be read is asked for again for so long. After that a conversation that is broken holds up no others. */
const PATIENCE_MS = 7 * DAY_MS;

/** From when on conversations and messages are compared. */
export function windowStart({ verifiedAt, startedAt }: Progress): Date {
  return verifiedAt === null ? before(startedAt, FIRST_LOOK_MS) : before(verifiedAt, OVERLAP_MS);
}

/**
 * From when on this conversation's messages are compared: later than the window's start if an unfinished comparison got
 * to it, and null if nothing was said in it since then.
 */
export function conversationStart(progress: Progress, { id, lastActiveAt }: Conversation): Date | null {
  const mark = progress.marks.get(id);
  if (mark === undefined) return windowStart(progress);
  const start = before(mark, OVERLAP_MS);
  return lastActiveAt !== null && lastActiveAt < start ? null : start;
}

/** How far a comparison came. */
export type Coverage =
  /** Every conversation that the provider has was compared. */
  | "complete"
  /** Every one that can be read; rows or conversations were refused or made no sense. */
  | "with_gaps"
  /** Broken off: what it did not get to is unknown. */
  | "cut_off";

/**
 * Up to when everything is compared after this turn. Only a complete comparison moves it to the turn's beginning; gaps
 * are given up after a week, and a comparison that was cut off moves nothing.
 */
export function verifiedAfter({ verifiedAt, startedAt }: Progress, coverage: Coverage): Date | null {
  switch (coverage) {
    case "complete":
      return startedAt;
    case "with_gaps":
      return isGivenUp({ verifiedAt, startedAt }) ? before(startedAt, PATIENCE_MS) : verifiedAt;
    case "cut_off":
      return verifiedAt;
  }
}

/** Whether what cannot be read has been asked for long enough. Nothing is given up before there was a complete comparison. */
export function isGivenUp({ verifiedAt, startedAt }: Pick<Progress, "verifiedAt" | "startedAt">): boolean {
  return verifiedAt !== null && verifiedAt < before(startedAt, PATIENCE_MS);
}

function before(at: Date, ms: number): Date {
  return new Date(at.getTime() - ms);
}
