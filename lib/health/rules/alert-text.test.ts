import { describe, expect, it } from "vitest";
import { composeAlert } from "./alert-text";
import { waitAfterAttemptsMs } from "./backoff";
import { fullTime } from "./words";

const fires = (kind: string, summary: string) => ({ kind, state: "firing", summary });

describe("an alert", () => {
  it("says what fires before what is over", () => {
    const over = { kind: "job_overdue", state: "ok", summary: "Job a is overdue." };
    expect(composeAlert([over, fires("job_stalled", "Job b is stalled.")])).toBe(
      "Leadline: 1 alarm, 1 recovery\nALARM: Job b is stalled.\nRECOVERED from: Job a is overdue.",
    );
  });

  it("takes a few lines for a hundred workspaces at once", () => {
    const burst = Array.from({ length: 100 }, (_, index) =>
      fires("credential_dead", `Workspace w${index} is refused.`),
    );
    const lines = composeAlert([...burst, fires("job_overdue", "Job a is overdue.")]).split("\n");
    expect(lines[0]).toBe("Leadline: 101 alarms");
    expect(lines).toHaveLength(8);
    expect(lines[6]).toBe("ALARM: and 95 more of the kind credential_dead.");
    expect(lines[7]).toBe("ALARM: Job a is overdue.");
  });

  it.each([
    ["an address", "jane@example.com"],
    ["a phone number", "+1 555 010 0100"],
    ["a token", "pit-0123456789abcdef"],
  ])("lets no %s through that somebody used as an id", (_, id) => {
    expect(
      composeAlert([fires("sync_unhealthy", `Workspace ${id}: its background sync keeps failing.`)]),
    ).not.toContain(id);
  });

  it("keeps ids and times as they are", () => {
    const at = fullTime(new Date("2026-11-22T09:00:05.678Z"));
    const id = "0d338dcc-a054-11ec-b909-0242ac120002";
    expect(composeAlert([fires("job_overdue", `Job a: ${at}, ${id}`)])).toContain(`Job a: 2026-11-22T09:00:05Z, ${id}`);
  });

  it("takes nothing for markup", () => {
    expect(composeAlert([fires("job_overdue", "<!channel> & co")])).toContain("&lt;!channel&gt; &amp; co");
  });
});

describe("an alert that was not delivered waits", () => {
  it.each([
    [1, null, 30],
    [2, null, 60],
    [3, null, 120],
    [7, null, 1920],
    [8, null, 3600],
    [1_000_000, null, 3600],
    [1, 20_000, 30],
    [1, 90_000, 90],
    [1, 86_400_000, 3600],
  ])("after attempt %i, when asked for %s ms, %i seconds", (attempts, retryAfterMs, seconds) => {
    expect(waitAfterAttemptsMs(attempts, retryAfterMs)).toBe(seconds * 1000);
  });
});
