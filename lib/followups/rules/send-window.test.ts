import { describe, expect, it } from "vitest";
import {
  firstSendInstant,
  firstSendInstantAfterTouch,
  isInSendWindow,
  localDay,
  resolveZone,
  startOfNextLocalDay,
} from "./send-window";

function hoursIn(zone: string, hours = "09:00-17:00") {
  const [workStartTime = "", workEndTime = ""] = hours.split("-");
  return { zone, workStartTime, workEndTime };
}

/** The first instant for a touch due then, as the database would print it. */
function firstIn(zone: string, dueAt: string, hours?: string): string {
  return firstSendInstant({ dueAt: new Date(dueAt), ...hoursIn(zone, hours) })
    .toISOString()
    .replace(":00.000Z", "Z");
}

describe("a touch", () => {
  it.each([
    ["inside the window, is not put off", "2026-11-20T12:34Z", "2026-11-20T12:34Z"],
    ["at the very start, is inside", "2026-11-20T09:00Z", "2026-11-20T09:00Z"],
    ["at the very end, is outside", "2026-11-19T17:00Z", "2026-11-20T09:00Z"],
    ["before the start, waits for it", "2026-11-20T03:00Z", "2026-11-20T09:00Z"],
    ["on a Friday evening, waits for Monday", "2026-11-20T17:00Z", "2026-11-23T09:00Z"],
    ["on a Saturday, waits for Monday", "2026-11-21T12:00Z", "2026-11-23T09:00Z"],
    ["on a Sunday, waits for Monday", "2026-11-22T12:00Z", "2026-11-23T09:00Z"],
    ["before the epoch, has the same week", "1969-12-26T17:00Z", "1969-12-29T09:00Z"],
  ])("%s", (_, dueAt, first) => {
    expect(firstIn("UTC", dueAt)).toBe(first);
    expect(isInSendWindow(new Date(dueAt), hoursIn("UTC"))).toBe(dueAt === first);
  });

  it("is put off to the millisecond, and not by one too many", () => {
    const hours = hoursIn("UTC");
    const [last, start] = [new Date("2026-11-20T16:59:59.999Z"), new Date("2026-11-23T09:00:00.000Z")];
    expect(firstSendInstant({ ...hours, dueAt: last })).toEqual(last);
    expect(firstSendInstant({ ...hours, dueAt: new Date(last.getTime() + 1) })).toEqual(start);
    expect(firstSendInstant({ ...hours, dueAt: new Date(start.getTime() - 1) })).toEqual(start);
  });
});

it("ends where time does, on a Saturday", () => {
  const last = new Date(8_640_000_000_000_000);
  expect(firstSendInstant({ dueAt: last, ...hoursIn("UTC") })).toEqual(last);
});

describe("from Friday evening to Monday morning, as clocks there show it", () => {
  it.each([
    ["Europe/Berlin", "into summer", "2026-03-27T16:00Z", "2026-03-30T07:00Z"],
    ["Europe/Berlin", "into winter", "2026-10-23T15:00Z", "2026-10-26T08:00Z"],
    ["America/New_York", "into summer", "2026-03-06T22:00Z", "2026-03-09T13:00Z"],
    ["America/New_York", "into winter", "2026-10-30T21:00Z", "2026-11-02T14:00Z"],
    ["Australia/Lord_Howe", "by half an hour", "2026-04-03T06:00Z", "2026-04-05T22:30Z"],
    ["America/Sao_Paulo", "over a midnight that was skipped", "2018-11-02T20:00Z", "2018-11-05T11:00Z"],
    ["Asia/Beirut", "over a midnight that was skipped", "2022-03-25T15:00Z", "2022-03-28T06:00Z"],
    ["Africa/Casablanca", "into Ramadan", "2026-02-13T16:00Z", "2026-02-16T09:00Z"],
    ["Africa/Casablanca", "out of Ramadan", "2026-03-20T17:00Z", "2026-03-23T08:00Z"],
    ["Pacific/Kiritimati", "fourteen hours ahead", "2026-11-20T03:00Z", "2026-11-22T19:00Z"],
    ["Asia/Kathmandu", "by quarters of an hour", "2026-11-20T11:15Z", "2026-11-23T03:15Z"],
  ])("in %s, %s", (zone, _, fridayEnd, mondayStart) => {
    expect(firstIn(zone, fridayEnd)).toBe(mondayStart);
    expect(isInSendWindow(new Date(Date.parse(fridayEnd) - 1), hoursIn(zone))).toBe(true);
  });
});

describe("where clocks change in the night to a Friday", () => {
  // In Cairo, 00:00 on 26 April 2024 was 01:00, and 24:00 on 31 October was 23:00 once more.
  it("a window whose start is skipped begins when the clocks have jumped", () => {
    expect(firstIn("Africa/Cairo", "2024-04-25T18:00Z", "00:30-08:00")).toBe("2024-04-25T22:00Z");
  });

  it("a window that is skipped whole is not held that day", () => {
    expect(firstIn("Africa/Cairo", "2024-04-25T18:00Z", "00:00-01:00")).toBe("2024-04-28T21:00Z");
  });

  it("both passes of an hour that comes twice are inside", () => {
    for (const pass of ["2024-10-31T20:10Z", "2024-10-31T21:10Z"]) {
      expect(firstIn("Africa/Cairo", pass, "23:00-23:30")).toBe(pass);
    }
  });

  it("a window that was over comes back with the hour", () => {
    expect(firstIn("Africa/Cairo", "2024-10-31T20:45Z", "22:30-23:30")).toBe("2024-10-31T21:00Z");
    expect(firstIn("Africa/Cairo", "2024-10-31T21:30Z", "22:30-23:30")).toBe("2024-11-01T20:30Z");
  });
});

it("a Friday that a zone skipped has no window", () => {
  expect(firstIn("Pacific/Apia", "2011-12-30T03:00Z")).toBe("2012-01-01T19:00Z");
});

describe("hours that end before they start", () => {
  it.each([
    ["run past midnight", "2026-11-17T03:00Z", "2026-11-17T03:00Z"],
    ["end in the morning", "2026-11-17T06:00Z", "2026-11-17T22:00Z"],
    ["run from Friday into Saturday", "2026-11-21T05:59Z", "2026-11-21T05:59Z"],
    ["do not start on a Saturday", "2026-11-21T22:00Z", "2026-11-23T22:00Z"],
    ["do not run from Sunday into Monday", "2026-11-23T03:00Z", "2026-11-23T22:00Z"],
  ])("%s", (_, dueAt, first) => {
    expect(firstIn("UTC", dueAt, "22:00-06:00")).toBe(first);
  });

  it("are as long as clocks make them", () => {
    // In Hebron, 02:00 on Saturday, 29 October 2022 was 01:00 once more.
    expect(firstIn("Asia/Hebron", "2022-10-29T03:59Z", "22:00-06:00")).toBe("2022-10-29T03:59Z");
    expect(firstIn("Asia/Hebron", "2022-10-29T04:00Z", "22:00-06:00")).toBe("2022-10-31T20:00Z");
  });
});

describe("hours that end when they start", () => {
  it.each([
    ["last for 24", "2026-11-17T08:59Z", "2026-11-17T08:59Z"],
    ["run from Friday into Saturday", "2026-11-21T08:59Z", "2026-11-21T08:59Z"],
    ["then wait for Monday's start", "2026-11-21T09:00Z", "2026-11-23T09:00Z"],
  ])("%s", (_, dueAt, first) => {
    expect(firstIn("UTC", dueAt, "09:00-09:00")).toBe(first);
  });

  it("at midnight, are the five days whole", () => {
    expect(firstIn("UTC", "2026-11-20T23:59Z", "00:00-00:00")).toBe("2026-11-20T23:59Z");
    expect(firstIn("UTC", "2026-11-21T00:00Z", "00:00-00:00")).toBe("2026-11-23T00:00Z");
  });
});

describe("a second touch on the day of the first", () => {
  it.each([
    ["waits for the next day's window", "09:00-17:00", "2026-11-17T10:00Z", "2026-11-17T11:00Z", "2026-11-18T09:00Z"],
    ["of a Friday waits for Monday", "09:00-17:00", "2026-11-20T10:00Z", "2026-11-20T11:00Z", "2026-11-23T09:00Z"],
    ["does not go out past midnight", "22:00-06:00", "2026-11-17T23:00Z", "2026-11-17T23:30Z", "2026-11-18T22:00Z"],
    ["does not go out the same evening", "22:00-06:00", "2026-11-17T01:00Z", "2026-11-17T22:30Z", "2026-11-18T00:00Z"],
    ["of a night into Saturday waits", "22:00-06:00", "2026-11-20T23:00Z", "2026-11-20T23:30Z", "2026-11-23T22:00Z"],
    [
      "waits a whole day of round-the-clock hours",
      "09:00-09:00",
      "2026-11-17T10:00Z",
      "2026-11-17T11:00Z",
      "2026-11-18T09:00Z",
    ],
    ["is judged by the hours of today", "09:00-17:00", "2026-11-22T12:00Z", "2026-11-22T13:00Z", "2026-11-23T09:00Z"],
  ])("%s", (_, hours, touchedAt, now, next) => {
    const touch = { touchedAt: new Date(touchedAt), now: new Date(now), ...hoursIn("UTC", hours) };
    expect(firstSendInstantAfterTouch(touch)).toEqual(new Date(next));
  });
});

describe("the local day", () => {
  it.each([
    ["2026-11-20T23:30Z", "Europe/Berlin", "2026-11-21"],
    ["2026-11-21T04:59Z", "America/New_York", "2026-11-20"],
    ["2026-11-20T10:00Z", "Pacific/Kiritimati", "2026-11-21"],
    ["2011-12-30T09:59Z", "Pacific/Apia", "2011-12-29"],
    ["2011-12-30T10:00Z", "Pacific/Apia", "2011-12-31"],
    ["1969-12-31T23:59Z", "UTC", "1969-12-31"],
  ])("at %s in %s is %s", (at, zone, day) => {
    expect(localDay(new Date(at), zone)).toBe(day);
  });

  it.each([
    ["at midnight", "Europe/Berlin", "2026-11-20T12:00Z", "2026-11-20T23:00Z"],
    ["a whole day after its own midnight", "UTC", "2026-11-20T00:00Z", "2026-11-21T00:00Z"],
    ["at one, where midnight is skipped", "America/Sao_Paulo", "2018-11-03T15:00Z", "2018-11-04T03:00Z"],
    ["at one, where midnight is skipped", "Asia/Beirut", "2022-03-26T12:00Z", "2022-03-26T22:00Z"],
    ["a day late, where one is skipped", "Pacific/Apia", "2011-12-29T20:00Z", "2011-12-30T10:00Z"],
    ["after the hour that comes twice", "Africa/Cairo", "2024-10-31T20:30Z", "2024-10-31T22:00Z"],
    ["for a minute, before the clocks go back", "America/St_Johns", "2010-11-07T02:00Z", "2010-11-07T02:30Z"],
    ["again, after that minute", "America/St_Johns", "2010-11-07T02:45Z", "2010-11-07T03:30Z"],
    ["not again, for what was in that minute", "America/St_Johns", "2010-11-07T02:30:30Z", "2010-11-08T03:30Z"],
  ])("ends %s", (_, zone, at, next) => {
    expect(startOfNextLocalDay(new Date(at), zone)).toEqual(new Date(next));
  });
});

describe("a lead's zone", () => {
  it.each([
    ["is its own", "America/New_York", "Europe/Berlin", "America/New_York"],
    ["is its workspace's where it has none", null, "Europe/Berlin", "Europe/Berlin"],
    ["is its workspace's where its own is blank", " ", "Europe/Berlin", "Europe/Berlin"],
    ["is its workspace's where its own is unknown", "Central Time", "Europe/Berlin", "Europe/Berlin"],
    ["is UTC where neither is known", "Mars/Olympus", "", "UTC"],
    ["may be written in any case", "america/new_york", "UTC", "america/new_york"],
    ["may have blanks around it", "\tAsia/Tokyo\n", "UTC", "Asia/Tokyo"],
    ["may be an old name", "US/Eastern", "UTC", "US/Eastern"],
    ["may be an offset", "+05:30", "UTC", "+05:30"],
    ["is no time stamp", "2026-11-20T00:00Z", "Europe/Berlin", "Europe/Berlin"],
    ["is no time stamp with a zone in it", "2026-11-20T00:00[Asia/Tokyo]", "Europe/Berlin", "Europe/Berlin"],
    ["is no property of an object", "constructor", "__proto__", "UTC"],
  ])("%s", (_, leadZone, workspaceZone, zone) => {
    expect(resolveZone(leadZone, workspaceZone)).toBe(zone);
  });

  it("counts as UTC wherever an unknown one gets to", () => {
    expect(firstIn("Mars/Olympus", "2026-11-20T03:00Z")).toBe("2026-11-20T09:00Z");
    expect(localDay(new Date("2026-11-20T23:59Z"), "Mars/Olympus")).toBe("2026-11-20");
    expect(startOfNextLocalDay(new Date("2026-11-20T12:00Z"), "")).toEqual(new Date("2026-11-21T00:00Z"));
  });
});
