import { describe, expect, it } from "vitest";
import { HOUR_MS } from "@/lib/core/time";
import { daysBetween } from "./days";

describe("the days of a period", () => {
  const days = (from: string, to: string, zone: string) =>
    daysBetween(new Date(from), new Date(to), zone).map(
      ({ date, startsAt }) => `${date} from ${startsAt.toISOString()}`,
    );

  it("are those of the workspace's calendar, the first from where the period begins", () => {
    expect(days("2030-01-10T12:00:00Z", "2030-01-12T12:00:00Z", "America/New_York")).toEqual([
      "2030-01-10 from 2030-01-10T12:00:00.000Z",
      "2030-01-11 from 2030-01-11T05:00:00.000Z",
      "2030-01-12 from 2030-01-12T05:00:00.000Z",
    ]);
  });

  it("end before the day that the period's end would begin", () => {
    expect(days("2030-01-10T00:00:00Z", "2030-01-11T00:00:00Z", "UTC")).toEqual([
      "2030-01-10 from 2030-01-10T00:00:00.000Z",
    ]);
    expect(days("2030-01-10T00:00:00Z", "2030-01-10T00:00:00Z", "UTC")).toEqual([]);
  });

  it.each([
    ["2030-03-31", 23],
    ["2030-10-27", 25],
    ["2030-06-15", 24],
  ])("are as long as clocks make them: %s in Berlin has %i hours", (date, hours) => {
    const period = daysBetween(new Date("2030-01-01T00:00:00Z"), new Date("2031-01-01T00:00:00Z"), "Europe/Berlin");
    const index = period.findIndex((day) => day.date === date);
    const [start, end] = [period[index]?.startsAt.getTime() ?? 0, period[index + 1]?.startsAt.getTime() ?? 0];
    expect((end - start) / HOUR_MS).toBe(hours);
    expect(new Set(period.map((day) => day.date)).size).toBe(period.length);
  });

  it("begin later where a change of clocks takes midnight away", () => {
    expect(days("2018-11-03T12:00:00Z", "2018-11-05T00:00:00Z", "America/Sao_Paulo")).toContain(
      "2018-11-04 from 2018-11-04T03:00:00.000Z",
    );
  });

  it("are those of UTC where nobody knows the zone", () => {
    expect(days("2030-01-10T23:00:00Z", "2030-01-11T01:00:00Z", "Mars/Olympus")).toEqual([
      "2030-01-10 from 2030-01-10T23:00:00.000Z",
      "2030-01-11 from 2030-01-11T00:00:00.000Z",
    ]);
  });
});
