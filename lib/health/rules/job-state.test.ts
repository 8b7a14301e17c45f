import { describe, expect, it } from "vitest";
import { type JobFacts, judgeJob } from "./job-state";

const at = (time: string) => new Date(`2026-11-22T${time}Z`);

const minutely: JobFacts = {
  schedule: "* * * * *",
  lastSuccessAt: at("09:00:05.000"),
  firstRunAt: at("08:00:00.000"),
  isRunning: false,
  isStalled: false,
};
const newcomer = { ...minutely, lastSuccessAt: null };

describe("a job", () => {
  it.each<[string, JobFacts, string, string]>([
    ["that succeeded in time is ok", minutely, "09:04:04.999", "ok"],
    ["is overdue to the millisecond", minutely, "09:04:05.000", "overdue"],
    ["that is at work says so", { ...minutely, isRunning: true }, "09:01:00.000", "running"],
    ["that is at work too late is overdue all the same", { ...minutely, isRunning: true }, "09:05:00.000", "overdue"],
    [
      "that gets nothing done is stalled, at work or not",
      { ...minutely, isStalled: true, isRunning: true },
      "09:01:00.000",
      "stalled",
    ],
    ["that is stalled and does not even run is overdue", { ...minutely, isStalled: true }, "09:05:00.000", "overdue"],
    [
      "that never ran is waited for from the first run of any",
      { ...newcomer, firstRunAt: at("09:00:00.000") },
      "09:03:59.999",
      "never_run",
    ],
    ["that never ran is overdue when the first run of any was long ago", newcomer, "09:00:00.000", "overdue"],
    [
      "that is at work for the first time is running",
      { ...newcomer, firstRunAt: at("09:00:00.000"), isRunning: true },
      "09:00:01.000",
      "running",
    ],
    ["is not waited for while nothing ever ran", { ...newcomer, firstRunAt: null }, "09:00:00.000", "never_run"],
    [
      "with a success from a clock ahead of ours is ok",
      { ...minutely, lastSuccessAt: at("09:10:00.000") },
      "09:00:00.000",
      "ok",
    ],
  ])("%s", (_, facts, now, state) => {
    expect(judgeJob(facts, at(now)).state).toBe(state);
  });

  it("says when it is next due and from when on it is overdue", () => {
    const hourly = { ...minutely, schedule: "0 * * * *" };
    const verdict = judgeJob(hourly, at("09:30:00.000"));
    expect(verdict).toEqual({ state: "ok", nextDueAt: at("10:00:00.000"), overdueAt: at("12:01:05.000") });
    expect(judgeJob({ ...newcomer, firstRunAt: null }, at("09:30:00.000")).overdueAt).toBeNull();
  });
});
