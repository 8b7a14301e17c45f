import { createServer, type IncomingMessage } from "node:http";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MINUTE_MS } from "@/lib/core/time";
import type { CronEntry } from "./crons";
import { startTicker } from "./ticker";

const MINUTELY: CronEntry = { path: "/api/cron/followups", schedule: "* * * * *", job: "followups" };
const HOURLY: CronEntry = { path: "/api/cron/background-sync", schedule: "0 * * * *", job: "background-sync" };

let url: string;
let requests: IncomingMessage[];
let answer: string;
let close: () => void;

beforeEach(async () => {
  requests = [];
  answer = `{"success":true}`;
  const server = createServer((request, response) => {
    requests.push(request);
    response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = typeof address === "object" && address ? `http://127.0.0.1:${address.port}` : "";
  close = () => server.close();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: new Date("2026-03-01T10:57:30Z") });
});

afterEach(() => {
  vi.useRealTimers();
  close();
});

describe("the ticker", () => {
  it("calls each cron on its schedule, as Vercel does", async () => {
    const { heard, stop } = start();
    await minutesPass(3, heard, 4);
    stop();
    expect(heard).toEqual(["followups 200", "followups 200", "background-sync 200", "followups 200"].toSorted());
    expect(requests[0]?.method).toBe("GET");
    expect(requests[0]?.headers).toMatchObject({ authorization: "Bearer sesame", "user-agent": "vercel-cron/1.0" });
  });

  it("stops when told to", async () => {
    const { heard, stop } = start();
    await minutesPass(1, heard, 1);
    stop();
    await vi.advanceTimersByTimeAsync(5 * MINUTE_MS);
    expect(requests).toHaveLength(1);
  });

  it("goes on after an answer that is none", async () => {
    answer = "<html>";
    const { heard, stop } = start();
    await minutesPass(2, heard, 2);
    stop();
    expect(heard).toEqual(["followups failed", "followups failed"]);
  });
});

function start() {
  const heard: string[] = [];
  const stop = startTicker(
    [MINUTELY, HOURLY],
    { url, secret: "sesame" },
    {
      answered: ({ job }, { status }) => heard.push(`${job} ${status}`),
      failed: ({ job }) => heard.push(`${job} failed`),
    },
  );
  return { heard, stop };
}

/** Lets the clock go on, and waits until so many ticks have been answered: answers take their own, real time. */
async function minutesPass(minutes: number, heard: string[], answers: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) await vi.advanceTimersByTimeAsync(MINUTE_MS);
  await vi.waitFor(() => expect(heard).toHaveLength(answers));
  heard.sort();
}
