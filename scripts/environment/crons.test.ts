import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { nextRunAfter, readCrons } from "./crons";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "leadline-crons-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("the crons of vercel.json", () => {
  it("are read with their jobs' names, in the order of the file", () => {
    const crons = readFrom([
      { path: "/api/cron/followups", schedule: "* * * * *" },
      { path: "/api/cron/background-sync", schedule: "0 * * * *" },
    ]);
    expect(crons.map(({ job }) => job)).toEqual(["followups", "background-sync"]);
  });

  it("are the project's own unless another file is named", () => {
    const paths = readCrons().map((cron) => cron.path);
    expect(paths).toContain("/api/cron/appointment-reconcile");
  });

  it.each(["* * * * * *", "every minute", "61 * * * *", "", "@daily please"])(
    "may not be scheduled as %j",
    (schedule) => {
      expect(() => readFrom([{ path: "/api/cron/followups", schedule }])).toThrow("five fields");
    },
  );

  it("need a path of the app", () => {
    expect(() => readFrom([{ path: "https://example.com", schedule: "* * * * *" }])).toThrow("path");
  });
});

describe("a schedule", () => {
  it.each([
    ["* * * * *", "2026-03-01T10:20:30Z", "2026-03-01T10:21:00Z"],
    ["*/5 * * * *", "2026-03-01T10:20:30Z", "2026-03-01T10:25:00Z"],
    ["0 * * * *", "2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z"],
    ["30 6 * * 1", "2026-03-01T10:00:00Z", "2026-03-02T06:30:00Z"],
  ])("%s is due after %s at %s", (schedule, from, due) => {
    expect(nextRunAfter(schedule, new Date(from))).toEqual(new Date(due));
  });

  it("is in UTC, in whatever zone this machine is", () => {
    vi.stubEnv("TZ", "America/New_York");
    const due = nextRunAfter("0 9 * * *", new Date("2026-07-01T00:00:00Z"));
    vi.unstubAllEnvs();
    expect(due).toEqual(new Date("2026-07-01T09:00:00Z"));
  });
});

function readFrom(crons: object[]) {
  const file = path.join(folder, "vercel.json");
  writeFileSync(file, JSON.stringify({ crons }));
  return readCrons(pathToFileURL(file));
}
