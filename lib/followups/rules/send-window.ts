/**
 * When a lead may be written to: Monday to Friday, within the workspace's hours, as clocks show them where the lead is.
 *
 * An instant is inside if a clock there shows a time that lies in a window. So both passes of an hour that happens twice
 * count, a window whose start is skipped begins when the clocks have jumped, and one that is skipped whole is not held.
 */
import { DAY_MS } from "@/lib/core/time";
import { nextWallInWindow, readWorkHours, windowAt } from "./work-hours";
import { firstInstantAt, isZone, wallAt } from "./zone-clock";

export interface SendHours {
  /** A zone as `resolveZone` gives it; one that is unknown is read as UTC. */
  zone: string;
  /** HH:MM as `Client` has it, and so the end: before the start it is past midnight, equal to it 24 hours later. */
  workStartTime: string;
  workEndTime: string;
}

/** What a zone is when nothing better is known. */
const FALLBACK_ZONE = "UTC";

/**
 * The first instant at or after `dueAt` at which a message may be sent. `dueAt` itself where that is inside a window.
 *
 * Never more than five days away: a Friday evening's next window is Monday's, and a zone may skip a day or a window.
 * Throws for nothing that a row can say.
 */
export function firstSendInstant({ dueAt, ...hours }: SendHours & { dueAt: Date }): Date {
  const workHours = readWorkHours(hours.workStartTime, hours.workEndTime);
  return firstInstantAt(dueAt.getTime(), knownZone(hours.zone), (wall) => nextWallInWindow(wall, workHours));
}

/** Whether a message may be sent at this instant: then it is its own `firstSendInstant`. */
export function isInSendWindow(at: Date, hours: SendHours): boolean {
  const workHours = readWorkHours(hours.workStartTime, hours.workEndTime);
  return windowAt(wallAt(at.getTime(), knownZone(hours.zone)), workHours) !== null;
}

/**
 * The first instant at which another message may be sent on a channel that had one today: in a later window than the one
 * that the message was sent in, and not before the local day after `now`. A night's window is two days' and one window.
 */
export function firstSendInstantAfterTouch({
  now,
  touchedAt,
  ...hours
}: SendHours & { now: Date; touchedAt: Date }): Date {
  const zone = knownZone(hours.zone);
  const touchedMs = touchedAt.getTime();
  const window = windowAt(wallAt(touchedMs, zone), readWorkHours(hours.workStartTime, hours.workEndTime));
  const windowOver = window ? firstInstantAt(touchedMs, zone, (wall) => Math.max(wall, window.endWall)) : touchedAt;
  const nextDay = startOfNextLocalDay(now, zone);
  return firstSendInstant({ ...hours, dueAt: windowOver > nextDay ? windowOver : nextDay });
}

/**
 * The zone whose clocks count for a lead: its own, else its workspace's, else UTC. A name that no zone has is passed over.
 */
export function resolveZone(leadZone: string | null, workspaceZone: string): string {
  return [leadZone, workspaceZone].map((zone) => zone?.trim() ?? "").find(isZone) ?? FALLBACK_ZONE;
}

/** The date that a calendar in `zone` shows at an instant, as YYYY-MM-DD. An unknown zone is read as UTC. */
export function localDay(at: Date, zone: string): string {
  const [day = ""] = new Date(dayOf(at, zone) * DAY_MS).toISOString().split("T");
  return day;
}

/**
 * The first instant after `at` whose local day is a later one. That is not always a midnight: where clocks spring past it,
 * the day begins when they have; where a zone skips a day, the one after it is next. An unknown zone is read as UTC.
 */
export function startOfNextLocalDay(at: Date, zone: string): Date {
  const nextMidnight = (dayOf(at, zone) + 1) * DAY_MS;
  return firstInstantAt(at.getTime(), knownZone(zone), (wall) => Math.max(wall, nextMidnight));
}

/** Days since 1970-01-01 on the local calendar. */
function dayOf(at: Date, zone: string): number {
  return Math.floor(wallAt(at.getTime(), knownZone(zone)) / DAY_MS);
}

function knownZone(zone: string): string {
  return isZone(zone) ? zone : FALLBACK_ZONE;
}
