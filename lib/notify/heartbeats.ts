import type { Heartbeat, SendHeartbeat } from "@/lib/health/messenger";
import { deliver } from "./deliver";

/** What comes after a check's own address, in the manner of healthchecks.io. */
const ENDINGS = { start: "/start", success: "", fail: "/fail" } as const satisfies Record<Heartbeat["signal"], string>;

/** Sends heartbeats to the address of each job, by its name in capitals with underscores. */
export function createSendHeartbeat(urls: Readonly<Record<string, string>>): SendHeartbeat {
  return (beat, signal) => {
    const url = urls[beat.job.toUpperCase().replaceAll("-", "_")];
    if (url === undefined) return null;
    return deliver(addressOf(url, beat), { method: "GET", headers: { "user-agent": "leadline" } }, signal);
  };
}

/** The check's address with the signal at the end of its path; its own query stays. `rid` tells apart runs that overlap. */
export function addressOf(checkUrl: string, { signal, runId }: Omit<Heartbeat, "job">): URL {
  const url = new URL(checkUrl);
  url.pathname = url.pathname.replace(/\/+$/, "") + ENDINGS[signal];
  if (runId !== null) url.searchParams.set("rid", runId);
  return url;
}
