import { expect, it } from "vitest";
import { wallTimeOf } from "./wall-time";

it.each([
  ["2030-01-12T15:00:00Z", "America/Chicago", "2030-01-12 09:00:00 -06:00"],
  ["2030-07-12T15:00:00Z", "America/Chicago", "2030-07-12 10:00:00 -05:00"],
  ["2030-07-12T23:30:00Z", "Asia/Kolkata", "2030-07-13 05:00:00 +05:30"],
  ["2030-07-12T00:00:00Z", "UTC", "2030-07-12 00:00:00 +00:00"],
  ["2030-07-12T15:00:59.999Z", "Asia/Manila", "2030-07-12 23:00:59 +08:00"],
  // The hour that happens twice: the offset tells which one it is.
  ["2030-11-03T06:30:00Z", "America/Chicago", "2030-11-03 01:30:00 -05:00"],
  ["2030-11-03T07:30:00Z", "America/Chicago", "2030-11-03 01:30:00 -06:00"],
])("%s is in %s %s", (instant, zone, expected) => {
  const { date, time, offset } = wallTimeOf(new Date(instant), zone);
  expect(`${date} ${time} ${offset}`).toBe(expected);
});
