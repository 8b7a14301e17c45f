import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askCalendly, askGhl } from "./asking";
import { createFixedWindow, createRollingWindow, maxInRollingWindow, requestsBeforeReset } from "./rate-window";
import { type Sandbox, startSandbox } from "./sandbox";

const sent = (at: number, account = "a") => ({ at, account });
const refused = (at: number, resetAt: number | null, account = "a") => ({ at, account, resetAt });
const passed = (at: number, account = "a") => refused(at, null, account);

describe("a rolling window", () => {
  it("lets through so many in any stretch, and frees each place when it has left", () => {
    const window = createRollingWindow({ requests: 2, windowMs: 100 });
    expect(window.take(0)).toMatchObject({ allowed: true, remaining: 1 });
    expect(window.take(90)).toMatchObject({ allowed: true, remaining: 0 });
    expect(window.take(99)).toMatchObject({ allowed: false, freeAt: 100 });
    expect(window.take(100)).toMatchObject({ allowed: true, remaining: 0 });
    expect(window.take(101)).toMatchObject({ allowed: false, freeAt: 190 });
  });

  it("never lets through more than its limit, whatever is sent when", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30), { maxLength: 200 }), fc.integer({ min: 1, max: 5 }), (pauses, requests) => {
        const window = createRollingWindow({ requests, windowMs: 100 });
        let at = 0;
        const through = pauses.flatMap((pause) => {
          at += pause;
          return window.take(at).allowed ? [sent(at)] : [];
        });
        expect(maxInRollingWindow(through, 100)).toBeLessThanOrEqual(requests);
      }),
    );
  });
});

describe("a fixed window", () => {
  it("begins with the first request and frees all places at once", () => {
    const window = createFixedWindow({ requests: 1, windowMs: 100 });
    expect(window.take(40)).toEqual({ allowed: true, remaining: 0, freeAt: 140 });
    expect(window.take(139)).toEqual({ allowed: false, remaining: 0, freeAt: 140 });
    expect(window.take(140)).toEqual({ allowed: true, remaining: 0, freeAt: 240 });
  });
});

describe("measuring a ledger", () => {
  it("finds the busiest stretch of any one account", () => {
    expect(maxInRollingWindow([], 100)).toBe(0);
    expect(maxInRollingWindow([sent(0), sent(50), sent(100), sent(149)], 100)).toBe(3);
    expect(maxInRollingWindow([sent(0), sent(1, "b"), sent(2), sent(3, "c")], 100)).toBe(2);
  });

  it("agrees with counting each stretch one by one", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 60 }), (pauses) => {
        let at = 0;
        const times = pauses.map((pause) => {
          at += pause;
          return at;
        });
        const slow = times.map((from) => times.filter((time) => time >= from && time < from + 100).length);
        expect(
          maxInRollingWindow(
            times.map((time) => sent(time)),
            100,
          ),
        ).toBe(Math.max(0, ...slow));
      }),
    );
  });

  it("finds what an account sent before the reset that a 429 announced", () => {
    const early = passed(50);
    expect(requestsBeforeReset([refused(0, 100), early, passed(60, "b"), passed(100)])).toEqual([early]);
  });

  it("forgives what was under way, but not a second 429's extension", () => {
    const late = refused(90, 190);
    const entries = [refused(0, 100), passed(5), late, passed(150), passed(190)];
    expect(requestsBeforeReset(entries, { graceMs: 10 })).toEqual([late, passed(150)]);
  });

  it("counts the grace from the first 429, however many come within it", () => {
    const entries = [refused(0, 100), refused(8, 108), passed(15)];
    expect(requestsBeforeReset(entries, { graceMs: 10 })).toEqual([passed(15)]);
  });

  it("forbids nothing after a 429 without a reset", () => {
    expect(requestsBeforeReset([refused(0, null), passed(1)])).toEqual([]);
  });
});

describe("over HTTP", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox();
  });
  afterAll(() => sandbox.stop());

  it("HighLevel tells what is left in every answer, and answers 429 beyond, per location", async () => {
    const limits = { burst: { requests: 2, windowMs: 60_000 } };
    const location = sandbox.ghl.addLocation({ limits });
    const other = sandbox.ghl.addLocation({ limits });
    const replies = [];
    for (let turn = 0; turn < 3; turn++) replies.push(await askGhl(sandbox, location, `/locations/${location.id}`));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(replies.map(({ headers }) => headers.get("x-ratelimit-remaining"))).toEqual(["1", "0", "0"]);
    const { headers } = replies[2] ?? { headers: new Headers() };
    expect(Object.fromEntries(headers)).toMatchObject({
      "x-ratelimit-limit-daily": "200000",
      "x-ratelimit-daily-remaining": "199997",
      "x-ratelimit-interval-milliseconds": "60000",
      "x-ratelimit-max": "2",
    });
    expect(headers.has("retry-after")).toBe(false);
    expect((await askGhl(sandbox, other, `/locations/${other.id}`)).status).toBe(200);
    const [entry] = sandbox.ledger.find({ account: location.id, status: 429 });
    expect(entry?.resetAt).toBe((entry?.at ?? 0) + 60_000);
  });

  it("HighLevel answers 429 when the day is used up", async () => {
    const location = sandbox.ghl.addLocation({ limits: { daily: { requests: 1, windowMs: 60_000 } } });
    await askGhl(sandbox, location, `/locations/${location.id}`);
    const reply = await askGhl(sandbox, location, `/locations/${location.id}`);
    expect(reply.status).toBe(429);
    expect(reply.headers.get("x-ratelimit-daily-remaining")).toBe("0");
  });

  it("HighLevel's headers come with refusals too", async () => {
    const location = sandbox.ghl.addLocation();
    const reply = await askGhl(sandbox, location, "/contacts/nobody");
    expect([reply.status, reply.headers.get("x-ratelimit-remaining")]).toEqual([404, "99"]);
  });

  it("Calendly allows 500 a minute, 50 on the free plan, and tells the seconds until the reset", async () => {
    const paid = await askCalendly(sandbox, sandbox.calendly.addOrganization(), "/users/me");
    expect(paid.headers.get("x-ratelimit-limit")).toBe("500");
    const free = sandbox.calendly.addOrganization({ plan: "free" });
    const replies = [];
    for (let turn = 0; turn < 51; turn++) replies.push(await askCalendly(sandbox, free, "/users/me"));
    expect(replies.slice(0, 50).every(({ status }) => status === 200)).toBe(true);
    expect(replies[50]?.status).toBe(429);
    expect(replies[0]?.headers.get("x-ratelimit-reset")).toBe("60");
    expect(replies[0]?.headers.get("x-ratelimit-remaining")).toBe("49");
  });
});
