import type { AppointmentStatus } from "@/lib/appointment-reconcile/source";
import { DAY_MS, SECOND_MS } from "@/lib/core/time";
import type { GhlQuirks } from "./ghl-quirks";
import type { WindowLimit } from "./rate-window";

export type GhlStatus = "new" | "confirmed" | "cancelled" | "showed" | "noshow" | "invalid" | "active" | "completed";

export interface GhlLimits {
  burst: WindowLimit;
  daily: WindowLimit;
}

export interface GhlLocation {
  readonly id: string;
  readonly name: string;
  readonly timezone: string;
  readonly token: string;
  readonly hostUserId: string;
  /** Read at every answer, so it may be changed while the sandbox runs. */
  quirks: GhlQuirks;
  readonly limits: GhlLimits;
}

export interface GhlContact {
  readonly id: string;
  readonly locationId: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly dateAdded: Date;
  /** Wants no messages, on any channel. */
  dnd: boolean;
}

export interface GhlCalendar {
  readonly id: string;
  readonly locationId: string;
  readonly name: string;
  readonly groupId: string;
}

export interface GhlAppointment {
  readonly id: string;
  readonly location: GhlLocation;
  readonly contactId: string;
  readonly calendar: GhlCalendar;
  readonly title: string;
  readonly masterEventId: string | null;
  readonly dateAdded: Date;
  status: GhlStatus;
  start: Date;
  end: Date;
  dateUpdated: Date;
  rescheduledAt: Date | null;
  /** Marked as deleted, and still listed. */
  deleted: boolean;
  /** Really gone: 404, and not listed. */
  removed: boolean;
}

export interface GhlBooking {
  start: Date;
  /** Half an hour after the start by default. */
  end?: Date;
  id?: string;
  /** The location's first calendar by default. */
  calendarId?: string;
  status?: GhlStatus;
  /** For an instance of a recurring appointment. */
  masterEventId?: string;
}

/** What HighLevel documents: 100 requests in 10 seconds and 200,000 a day. */
export const USUAL_GHL_LIMITS: GhlLimits = {
  burst: { requests: 100, windowMs: 10 * SECOND_MS },
  daily: { requests: 200_000, windowMs: DAY_MS },
};

/** A HighLevel appointment's status in neutral words. */
export function trueStatusOf({ status, deleted, removed }: GhlAppointment): AppointmentStatus {
  if (deleted || removed) return "canceled";
  switch (status) {
    case "cancelled":
    case "invalid":
      return "canceled";
    case "showed":
    case "completed":
      return "showed";
    case "noshow":
      return "no_show";
    case "new":
    case "confirmed":
    case "active":
      return "confirmed";
  }
}
