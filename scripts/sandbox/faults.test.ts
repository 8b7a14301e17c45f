import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { askCalendly, askGhl, type Reply } from "./asking";
import type { CalendlyOrganization } from "./calendly-model";
import type { Fault } from "./faults";
import type { GhlContact, GhlLocation } from "./ghl-model";
import { type Sandbox, startSandbox } from "./sandbox";

const START = new Date("2030-03-12T15:00:00Z");

let sandbox: Sandbox;
let location: GhlLocation;
let contact: GhlContact;
let organization: CalendlyOrganization;

beforeEach(async () => {
  sandbox = await startSandbox();
  location = sandbox.ghl.addLocation();
  contact = sandbox.ghl.addContact(location.id);
  organization = sandbox.calendly.addOrganization();
});
afterEach(() => sandbox.stop());

const list = (signal?: AbortSignal) =>
  askGhl(sandbox, location, `/contacts/${contact.id}/appointments`, signal ? { signal } : {});
const listEvents = (query: Record<string, string> = {}) =>
  askCalendly(sandbox, organization, "/scheduled_events", { organization: organization.uri, ...query });
const break_ = (fault: Fault) => sandbox.faults.add({ match: {}, fault });
const book = () => sandbox.ghl.book(contact.id, { start: START });

async function listBroken(fault: Fault): Promise<Reply> {
  break_(fault);
  return list();
}

describe("answers other than the true one", () => {
  it.each<[Fault, number, unknown]>([
    [{ kind: "unauthorized" }, 401, { message: "Invalid JWT" }],
    [{ kind: "command_timed_out" }, 401, { message: "Command timed out" }],
    [{ kind: "forbidden" }, 403, { message: "The token does not have access to this location." }],
    [{ kind: "not_found" }, 404, { statusCode: 404 }],
    [{ kind: "unprocessable" }, 422, { message: ["property limit should not exist"] }],
    [{ kind: "server_error", status: 502 }, 502, { statusCode: 502 }],
    [{ kind: "status", status: 418, body: { a: 1 } }, 418, { a: 1 }],
    [{ kind: "wrong_type", value: null }, 200, null],
    [{ kind: "wrong_type", value: [1, 2] }, 200, [1, 2]],
  ])("%j", async (fault, status, body) => {
    const reply = await listBroken(fault);
    expect(reply.status).toBe(status);
    if (typeof body === "object" && body !== null) expect(reply.body).toMatchObject(body);
    else expect(reply.body).toBe(body);
    expect(sandbox.ledger.entries).toMatchObject([{ status, fault: fault.kind }]);
  });

  it("are worded as the provider words them", async () => {
    break_({ kind: "unauthorized" });
    expect((await listEvents()).body).toEqual({ title: "Unauthenticated", message: "The access token is invalid" });
  });

  it("a page for people, instead of an answer or of an error", async () => {
    expect(await listBroken({ kind: "html" })).toMatchObject({
      status: 200,
      text: expect.stringMatching(/^<!doctype html>/),
    });
    sandbox.faults.clear();
    expect(await listBroken({ kind: "server_error", status: 503, body: "html" })).toMatchObject({
      status: 503,
      text: expect.stringMatching(/^<!doctype html>/),
    });
  });

  it("a 429 with the provider's headers, which the ledger notes until its reset", async () => {
    break_({ kind: "rate_limited", headers: "real", waitMs: 1500 });
    expect((await list()).headers.get("x-ratelimit-interval-milliseconds")).toBe("1500");
    expect((await listEvents()).headers.get("x-ratelimit-reset")).toBe("2");
    for (const { at, resetAt, status } of sandbox.ledger.entries) expect([status, resetAt]).toEqual([429, at + 1500]);
  });

  it("a 429 without a word about when to come back", async () => {
    const { status, headers } = await listBroken({ kind: "rate_limited", headers: "none" });
    expect(status).toBe(429);
    expect([...headers.keys()].filter((name) => /ratelimit|retry/.test(name))).toEqual([]);
    expect(sandbox.ledger.entries[0]?.resetAt).toBeNull();
  });
});

describe("true answers, damaged", () => {
  it("cut in the middle", async () => {
    book();
    const { status, text, body } = await listBroken({ kind: "truncated" });
    expect([status, text.slice(0, 10), body]).toEqual([200, '{"events":', undefined]);
  });

  it("with NULs inside the texts", async () => {
    const { id } = book();
    const { text, body } = await listBroken({ kind: "nul_bytes" });
    expect(text).toContain("\\u0000");
    expect(body).not.toMatchObject({ events: [{ id }] });
    expect(JSON.parse(text.replaceAll("\\u0000", ""))).toMatchObject({
      events: [{ id, appointmentStatus: "confirmed" }],
    });
  });

  it("with every other row made odd", async () => {
    book();
    const second = book();
    const { body } = await listBroken({ kind: "odd_rows" });
    expect(body).toMatchObject({ events: [expect.anything(), { id: second.id }] });
    expect(body).not.toHaveProperty("events.0.contactId");
  });

  it("with the first row again, on the same page and on the next", async () => {
    const { id } = book();
    expect((await listBroken({ kind: "repeated_ids" })).body).toMatchObject({ events: [{ id }, { id }] });
    const invitees = [0, 1].map((day) =>
      sandbox.calendly.book("ada@example.com", {
        organizationUri: organization.uri,
        start: new Date(START.getTime() + day),
      }),
    );
    const [first, second] = invitees.map(({ event }) => ({ uri: event.uri }));
    const page = await listEvents({ count: "1" });
    expect(page.body).toMatchObject({ collection: [first, first] });
    const token = /"next_page_token":"([^"]+)"/.exec(page.text)?.[1] ?? "";
    expect((await listEvents({ count: "1", page_token: token })).body).toMatchObject({ collection: [second, first] });
  });

  it("with a next page for ever", async () => {
    const { event } = sandbox.calendly.book("ada@example.com", { organizationUri: organization.uri, start: START });
    break_({ kind: "looping_page_token" });
    const page = await listEvents();
    const token = /"next_page_token":"([^"]+)"/.exec(page.text)?.[1] ?? "";
    const next = await listEvents({ page_token: token });
    expect(next).toMatchObject({ status: 200, body: { collection: [{ uri: event.uri }] } });
    expect(next.text).toBe(page.text);
  });

  it("changed by hand, or late", async () => {
    expect((await listBroken({ kind: "garbled", transform: (body) => ({ inside: body }) })).body).toMatchObject({
      inside: { events: [] },
    });
    sandbox.faults.clear();
    expect((await listBroken({ kind: "delay", ms: 5 })).body).toMatchObject({ events: [] });
  });
});

describe("answers that never end well", () => {
  /** Reads until `enough` bytes came; resolves with what it got. */
  async function readSome(enough: number): Promise<string> {
    const headers = { authorization: `Bearer ${location.token}`, version: "2021-07-28" };
    const response = await fetch(`${sandbox.urls.ghl}/contacts/${contact.id}/appointments`, { headers });
    let text = "";
    for await (const piece of response.body ?? []) {
      text += Buffer.from(piece).toString("utf8");
      if (text.length >= enough) break;
    }
    return text;
  }

  it("a connection reset", async () => {
    await expect(listBroken({ kind: "reset" })).rejects.toThrow("fetch failed");
    expect(sandbox.ledger.entries).toMatchObject([{ status: null, fault: "reset" }]);
  });

  it("silence", async () => {
    break_({ kind: "no_answer" });
    const abort = new AbortController();
    const reply = list(abort.signal);
    await expect.poll(() => sandbox.ledger.count({ fault: "no_answer" })).toBe(1);
    abort.abort();
    await expect(reply).rejects.toThrow("aborted");
  });

  it("a byte at a time", async () => {
    break_({ kind: "slow_loris", everyMs: 1 });
    expect(await readSome(5)).toMatch(/^\{ {4,}$/);
  });

  it("a body without end", async () => {
    break_({ kind: "endless_body" });
    expect(await readSome(1_000_000)).toMatch(/^\{"events":\[\{"id":"again"\},/);
  });

  it("no timer outlives the connection that it served", async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    sandbox.faults.add({ match: { provider: "GHL" }, fault: { kind: "slow_loris", everyMs: 600_000 } });
    sandbox.faults.add({ match: { provider: "CALENDLY" }, fault: { kind: "delay", ms: 600_000 } });
    const replies = Array.from({ length: 50 }, (_, index) => (index % 2 ? list() : listEvents()).catch(() => "cut"));
    await expect.poll(() => sandbox.ledger.entries.length).toBe(50);
    expect(timers()).toBeGreaterThan(before + 40);
    await sandbox.stop();
    expect(new Set(await Promise.all(replies))).toEqual(new Set(["cut"]));
    // Each kind alone would leave 25. The margins are for the few timers that come and go with the test runner.
    await expect.poll(() => timers()).toBeLessThan(before + 20);
    sandbox = await startSandbox();
  });

  it("the sandbox stops with all of these under way", async () => {
    const faults: Fault[] = [
      { kind: "no_answer" },
      { kind: "slow_loris", everyMs: 1 },
      { kind: "endless_body" },
      { kind: "delay", ms: 600_000 },
    ];
    for (const fault of faults) sandbox.faults.add({ match: {}, fault, times: 1 });
    const replies = faults.map(() => list().catch((error: unknown) => error));
    await expect.poll(() => sandbox.ledger.entries.length).toBe(faults.length);
    await sandbox.stop();
    for (const reply of await Promise.all(replies)) expect(reply).toBeInstanceOf(Error);
    await expect(list()).rejects.toThrow("fetch failed");
    sandbox = await startSandbox();
  });
});

describe("choosing whom to hit", () => {
  const hitsOf = () => sandbox.ledger.entries.map(({ fault }) => fault);

  it("by provider, account, method and path together", async () => {
    const match = { provider: "GHL", account: location.id, method: "GET", path: /\/appointments$/ } as const;
    const rule = sandbox.faults.add({ match, fault: { kind: "not_found" } });
    await list();
    await askGhl(sandbox, location, `/contacts/${contact.id}`);
    await askGhl(sandbox, sandbox.ghl.addLocation(), `/contacts/${contact.id}/appointments`);
    await listEvents();
    expect(hitsOf()).toEqual(["not_found", null, null, null]);
    expect(rule.hits).toBe(1);
  });

  it("by any condition, so many times, the rule added first before the others", async () => {
    sandbox.faults.add({ match: ({ path }) => path.includes(contact.id), fault: { kind: "reset" }, times: 0 });
    sandbox.faults.add({ match: ({ path }) => path.includes(contact.id), fault: { kind: "not_found" }, times: 1 });
    const rest = sandbox.faults.add({ match: {}, fault: { kind: "forbidden" } });
    await list();
    await list();
    rest.remove();
    await list();
    expect(hitsOf()).toEqual(["not_found", "forbidden", null]);
  });

  it("by luck that a seed repeats", async () => {
    const play = async (seed: number) => {
      await sandbox.stop();
      sandbox = await startSandbox({ seed });
      location = sandbox.ghl.addLocation();
      contact = sandbox.ghl.addContact(location.id);
      sandbox.faults.add({ match: {}, fault: { kind: "not_found" }, probability: 0.5 });
      for (let turn = 0; turn < 20; turn++) await list();
      return [contact.id, hitsOf()];
    };
    const first = await play(7);
    expect(await play(7)).toEqual(first);
    expect(await play(8)).not.toEqual(first);
    expect(new Set(hitsOf())).toEqual(new Set([null, "not_found"]));
  });
});

describe("the ledger", () => {
  it("notes every request as it came, and counts by any mark", async () => {
    await list();
    await listEvents({ invitee_email: "ada@example.com" });
    expect(sandbox.ledger.entries).toMatchObject([
      {
        provider: "GHL",
        account: location.id,
        method: "GET",
        path: `/contacts/${contact.id}/appointments`,
        query: "",
        status: 200,
      },
      { provider: "CALENDLY", account: expect.stringMatching(/^token-/), path: "/scheduled_events", status: 200 },
    ]);
    const [first, second] = sandbox.ledger.entries;
    expect(second?.at).toBeGreaterThan(first?.at ?? Number.POSITIVE_INFINITY);
    expect(sandbox.ledger.count({ provider: "CALENDLY", path: /events$/, status: 200 })).toBe(1);
    expect(sandbox.ledger.count()).toBe(2);
    sandbox.ledger.clear();
    expect(sandbox.ledger.count()).toBe(0);
  });
});
