import { describe, expect, it } from "vitest";
import { HOUR_MS } from "@/lib/core/time";
import type { TrueAppointment } from "../sandbox/truth";
import { primaryOf } from "./expected";

const NOW = new Date("2026-03-01T12:00:00Z");

describe("the meeting that a lead's record has to show", () => {
  it.each<[string, TrueAppointment[], string | null]>([
    ["is none where there is none", [], null],
    ["is the next of those ahead", [meeting("far", 48), meeting("next", 24)], "next"],
    ["is one ahead rather than one that is over", [meeting("over", -24), meeting("ahead", 24)], "ahead"],
    ["is one under way", [meeting("under way", -0.25), meeting("ahead", 24)], "under way"],
    ["is the latest that stood where all are over", [meeting("before", -48), meeting("last", -24)], "last"],
    ["is one that stood rather than a cancelled one", [meeting("stood", -24), meeting("off", 24, "canceled")], "stood"],
    ["is one that stands rather than one moved", [meeting("old", 24, "rescheduled"), meeting("new", 48)], "new"],
    ["is the latest where all are cancelled", [meeting("a", 24, "canceled"), meeting("b", 48, "canceled")], "b"],
    ["may be one that nobody came to", [meeting("missed", 24, "no_show")], "missed"],
  ])("%s", (_, meetings, primary) => {
    expect(primaryOf(meetings, NOW)?.externalId ?? null).toBe(primary);
    expect(primaryOf(meetings.toReversed(), NOW)?.externalId ?? null).toBe(primary);
  });
});

/** Half an hour, beginning so many hours from now. */
function meeting(externalId: string, hours: number, status: TrueAppointment["status"] = "confirmed"): TrueAppointment {
  const startAt = new Date(NOW.getTime() + hours * HOUR_MS);
  return { externalId, status, startAt, endAt: new Date(startAt.getTime() + HOUR_MS / 2), removed: false };
}
