import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDeadline } from "@/lib/core/time";
import type { SenderProvider } from "@/lib/followups/sender";
import type { Fault } from "@/scripts/sandbox/faults";
import { openScene, type Scene } from "@/scripts/testing/scene";
import { chooseSender } from "./senders";
import { type Sending, sendOnce, startSending } from "./sending.fixture";

/** Long enough for a busy machine; what waits for it waits beside others. */
const TIMEOUT_MS = 1000;

let scene: Scene;
beforeAll(async () => {
  scene = await openScene({ PROVIDER_TIMEOUT_MS: String(TIMEOUT_MS), CIRCUIT_COOLDOWN_SECONDS: "300" });
});
afterAll(() => scene.close());

const PROVIDERS: SenderProvider[] = ["GHL", "KAPSO"];

/** Sends one message, with this fault in its way, and closes the turn. */
async function sendThrough(sending: Sending, fault?: Fault) {
  const rule = fault && sending.addFault(fault);
  const sender = await sending.open();
  const message = sending.newMessage();
  const outcome = await sendOnce(sender, message);
  await sender.close();
  rule?.remove();
  return { outcome, message, wasOpen: sender.isOpen() };
}

describe.each(PROVIDERS)("a message through %s", (provider) => {
  it.concurrent.each<[string, Fault, object, { delivered: number; counts: boolean[] }]>([
    ["late", { kind: "delay", ms: 50 }, { kind: "sent" }, { delivered: 1, counts: [false] }],
    ["as half an answer", { kind: "truncated" }, { kind: "sent", externalId: null }, { delivered: 1, counts: [true] }],
    ["as something else", { kind: "wrong_type", value: 42 }, { kind: "sent" }, { delivered: 1, counts: [false] }],
    [
      "as a 429",
      { kind: "rate_limited", headers: "real", waitMs: 7000 },
      { kind: "not_sent", retryAfterMs: 7000 },
      { delivered: 0, counts: [] },
    ],
    [
      "as a 409",
      { kind: "status", status: 409, headers: { "Retry-After": "2" } },
      { kind: "not_sent", retryAfterMs: 2000 },
      { delivered: 0, counts: [] },
    ],
    ["as a 400", { kind: "status", status: 400 }, { kind: "refused" }, { delivered: 0, counts: [] }],
    ["as a 404", { kind: "not_found" }, { kind: "refused", credentialDead: false }, { delivered: 0, counts: [] }],
    ["as a 422", { kind: "unprocessable" }, { kind: "refused" }, { delivered: 0, counts: [] }],
    ["as a 500", { kind: "server_error", status: 500 }, { kind: "unknown" }, { delivered: 0, counts: [true] }],
    ["as a 302", { kind: "status", status: 302 }, { kind: "unknown" }, { delivered: 0, counts: [true] }],
    ["as a reset", { kind: "reset" }, { kind: "unknown" }, { delivered: 0, counts: [true] }],
    ["never", { kind: "no_answer" }, { kind: "unknown" }, { delivered: 0, counts: [true] }],
    [
      "as a 502, though it was sent",
      { kind: "lost_answer", as: 502 },
      { kind: "unknown" },
      { delivered: 1, counts: [true] },
    ],
    [
      "as a reset, though it was sent",
      { kind: "lost_answer", as: "reset" },
      { kind: "unknown" },
      { delivered: 1, counts: [true] },
    ],
    [
      "never, though it was sent",
      { kind: "lost_answer", as: "no_answer" },
      { kind: "unknown" },
      { delivered: 1, counts: [true] },
    ],
    [
      "too late, though it was sent",
      { kind: "delay", ms: TIMEOUT_MS * 2 },
      { kind: "unknown" },
      { delivered: 1, counts: [true] },
    ],
  ])("that is answered %s", async (_how, fault, expected, { delivered, counts }) => {
    const sending = await startSending(scene, provider);
    const { outcome, message } = await sendThrough(sending, fault);
    expect(outcome).toMatchObject(expected);
    expect(sending.posts()).toBe(1);
    expect(sending.delivered()).toEqual(Array(delivered).fill(message.body));
    expect((await sending.circuit())?.outcomes ?? []).toEqual(counts);
  });

  it("that finds nobody listening is not sent, and counts", async () => {
    const elsewhere = await openScene({
      GHL_API_BASE_URL: "http://127.0.0.1:1",
      KAPSO_API_BASE_URL: "http://127.0.0.1:1",
    });
    const sending = await startSending(elsewhere, provider);
    const { outcome } = await sendThrough(sending);
    expect(outcome).toMatchObject({
      kind: "not_sent",
      retryAfterMs: null,
      reason: expect.stringContaining("ECONNREF"),
    });
    expect((await sending.circuit())?.outcomes).toEqual([true]);
    await elsewhere.close();
  });

  it("that something speaks against is prevented, and leaves the circuit as it was", async () => {
    const sending = await startSending(scene, provider);
    const sender = await sending.open();
    expect(await sender.send(sending.newMessage(), async () => false)).toEqual({ kind: "prevented" });
    const broken = new Error("the database is away");
    await expect(sender.send(sending.newMessage(), () => Promise.reject(broken))).rejects.toBe(broken);
    await sender.close();
    expect([sending.posts(), sending.delivered(), await sending.circuit()]).toEqual([0, [], null]);
  });

  it("is cut off when the run ends before there is a permit, and is asked about by nobody", async () => {
    const sending = await startSending(scene, provider);
    await sendThrough(sending, { kind: "rate_limited", headers: "real", waitMs: 60_000 });
    const sender = await sending.open({ budgetMs: 1000 });
    let asked = 0;
    const mayStillSend = async () => ++asked > 0;
    expect(await sender.send(sending.newMessage(), mayStillSend)).toEqual({ kind: "cut_off" });
    await sender.close();
    expect([asked, sending.posts()]).toEqual([0, 1]);
  });

  it("never tells a secret, a number, an address or its own words in an outcome or a circuit", async () => {
    const sending = await startSending(scene, provider);
    const { ghlPrivateKey, kapsoApiKey } = sending.workspace;
    const body = { message: "to +15550100001 ada@example.com: Hello no.", error: { message: "15550100001", code: 1 } };
    const faults: Fault[] = [
      { kind: "status", status: 400, body },
      { kind: "status", status: 200, body },
      { kind: "status", status: 500, body },
      { kind: "forbidden" },
    ];
    for (const fault of faults) {
      const { outcome } = await sendThrough(sending, fault);
      const told = JSON.stringify([outcome, await sending.circuit()]);
      for (const secret of [ghlPrivateKey ?? kapsoApiKey ?? "?", "555010", "example.com", "Hello no."]) {
        expect(told).not.toContain(secret);
      }
    }
  });
});

describe.each(PROVIDERS)("whatever happens on the way to %s", (provider) => {
  const lost = (["reset", "no_answer", 500, 502, 503, 504] as const).map((as): Fault => ({ kind: "lost_answer", as }));
  const faults: Fault[] = [
    ...lost,
    { kind: "reset" },
    { kind: "no_answer" },
    { kind: "slow_loris", everyMs: 20 },
    { kind: "endless_body" },
    { kind: "html" },
    { kind: "truncated" },
    { kind: "nul_bytes" },
    { kind: "wrong_type", value: [] },
    { kind: "server_error", status: 503, body: "html" },
    { kind: "rate_limited", headers: "none" },
    { kind: "unauthorized" },
    { kind: "command_timed_out" },
    { kind: "forbidden" },
    { kind: "delay", ms: TIMEOUT_MS * 2 },
    { kind: "status", status: 421 },
    { kind: "status", status: 307, headers: { location: "/conversations/messages" } },
    { kind: "status", status: 408, headers: { connection: "close" } },
  ];
  it.concurrent.each(faults)(
    "nobody gets a message twice, nor one that was certainly not sent: $kind $as$status",
    async (fault) => {
      const sending = await startSending(scene, provider);
      sending.addFault(fault);
      const sender = await sending.open({ budgetMs: 3000 });
      const messages = Array.from({ length: 3 }, () => sending.newMessage());
      const outcomes = await Promise.all(messages.map((message) => sendOnce(sender, message)));
      await sender.close();
      const delivered = sending.delivered();
      expect(sending.posts()).toBeLessThanOrEqual(messages.length);
      expect(new Set(delivered).size).toBe(delivered.length);
      for (const [index, { body }] of messages.entries()) {
        const kind = outcomes[index]?.kind;
        if (kind !== "sent" && kind !== "unknown") expect(delivered).not.toContain(body);
      }
    },
  );
});

describe.each(PROVIDERS)("the circuit of a workspace at %s", (provider) => {
  it("opens after five failed messages, lets nobody through then, and closes after one that got through", async () => {
    const sending = await startSending(scene, provider);
    const rule = sending.addFault({ kind: "server_error", status: 500 });
    const sender = await sending.open();
    for (let sent = 1; sent <= 5; sent++) {
      expect(sender.isOpen()).toBe(false);
      await sendOnce(sender, sending.newMessage());
    }
    expect([sender.isOpen(), sender.sendsMax]).toEqual([true, Number.POSITIVE_INFINITY]);
    await sender.close();
    await expect(sending.open()).rejects.toThrow("the circuit is open");

    rule.remove();
    await coolDown(sending);
    const probe = await sending.open();
    expect(probe.sendsMax).toBe(1);
    await expect(sending.open()).rejects.toThrow("the circuit is open");
    expect(await sendOnce(probe, sending.newMessage())).toMatchObject({ kind: "sent" });
    await probe.close();
    expect(await sending.circuit()).toMatchObject({ openUntil: null, outcomes: [] });
  });

  it("gives its probe back when nothing came of it", async () => {
    const sending = await startSending(scene, provider);
    await sendThrough(sending, { kind: "forbidden" });
    await coolDown(sending);
    const probe = await sending.open();
    expect(await probe.send(sending.newMessage(), async () => false)).toEqual({ kind: "prevented" });
    await probe.close();
    expect((await sending.open()).sendsMax).toBe(1);
  });

  it.each<[string, Fault, number | undefined, boolean]>([
    ["a 403", { kind: "forbidden" }, 1, true],
    ["a 401 that stays", { kind: "unauthorized" }, undefined, true],
    ["a 401 that was a passing one", { kind: "command_timed_out" }, 1, false],
    ["a 401 that passed at the third request", { kind: "command_timed_out" }, 2, false],
  ])("after %s: the credential counts as dead only when it is", async (_name, fault, times, isDead) => {
    const sending = await startSending(scene, provider);
    sending.addFault(fault, times === undefined ? {} : { times });
    const { outcome, wasOpen } = await sendThrough(sending);
    expect(outcome).toMatchObject({ kind: "refused", credentialDead: isDead });
    expect([wasOpen, sending.posts(), sending.delivered()]).toEqual([isDead, 1, []]);
    expect((await sending.circuit())?.openUntil ?? null).toEqual(isDead ? expect.any(Date) : null);
  });

  it("stays shut over a 401 for messages alone, which may be a missing permission", async () => {
    const sending = await startSending(scene, provider);
    scene.sandbox.faults.add({
      match: ({ method, account, path }) =>
        method === "POST" && `${account}${path}`.includes(sending.workspace.account),
      fault: { kind: "unauthorized" },
    });
    const { outcome } = await sendThrough(sending);
    expect(outcome).toMatchObject({ kind: "refused", credentialDead: false });
    expect(await sending.circuit()).toMatchObject({ openUntil: null, outcomes: [true] });
  });
});

it("is one for all that is asked of a provider: a credential that reconcile found dead sends nothing", async () => {
  const sending = await startSending(scene, "GHL");
  await scene.runtime.db.$executeRaw`
    INSERT INTO "Circuit" ("clientId", "provider", "openUntil")
    VALUES (${sending.workspace.id}, 'GHL', clock_timestamp() + interval '1 minute')`;
  await expect(sending.open()).rejects.toThrow("the circuit is open");
});

describe.each(PROVIDERS)("eight messages at once through %s", (provider) => {
  it("keep to the account's rate, and the rest waits for another run", async () => {
    const requestsMax = 5;
    const limited = await openScene({
      GHL_REQUESTS_PER_10S: String(requestsMax),
      KAPSO_REQUESTS_PER_MINUTE: String(requestsMax),
    });
    const sending = await startSending(limited, provider);
    const sender = await sending.open({ budgetMs: 3000 });
    const messages = Array.from({ length: 8 }, () => sending.newMessage());
    const outcomes = await Promise.all(messages.map((message) => sendOnce(sender, message)));
    await sender.close();
    const kinds = outcomes.map(({ kind }) => kind).toSorted();
    expect(kinds).toEqual([...Array(3).fill("cut_off"), ...Array(5).fill("sent")]);
    expect(sending.delivered()).toHaveLength(requestsMax);
    await limited.close();
  });

  it("are all sent as the account allows, and every permit comes back", async () => {
    const sending = await startSending(scene, provider);
    sending.addFault({ kind: "reset" }, { times: 2 });
    sending.addFault({ kind: "status", status: 400 }, { times: 2 });
    const sender = await sending.open();
    const messages = Array.from({ length: 8 }, () => sending.newMessage());
    const outcomes = await Promise.all(messages.map((message) => sendOnce(sender, message)));
    await sender.close();
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual([
      ...["refused", "refused", "sent", "sent", "sent", "sent", "unknown", "unknown"],
    ]);
    const held = await scene.runtime.db.$queryRaw`
      SELECT "account" FROM "RateLimit" WHERE EXISTS (SELECT FROM unnest("slotGrants") AS holder WHERE holder <> '')`;
    expect(held).toEqual([]);
  });
});

describe("the sender of a workspace", () => {
  const nothing = {
    ...{ id: "w", ghlLocationId: null, ghlPrivateKey: null },
    ...{ kapsoPhoneId: null, kapsoApiKey: null, metaAccessToken: null },
  };
  const ghl = { ghlLocationId: "l", ghlPrivateKey: "k" };
  it.each([
    ["nothing", {}, { sms: null, email: null, whatsapp: null }],
    ["HighLevel", ghl, { sms: "GHL", email: "GHL", whatsapp: "GHL" }],
    ["half of HighLevel", { ghlLocationId: "l", ghlPrivateKey: " " }, { sms: null, email: null, whatsapp: null }],
    ["Kapso by key", { kapsoPhoneId: "p", kapsoApiKey: "k" }, { sms: null, email: null, whatsapp: "KAPSO" }],
    ["Kapso by token", { kapsoPhoneId: "p", metaAccessToken: "t" }, { sms: null, email: null, whatsapp: "KAPSO" }],
    ["both", { ...ghl, kapsoPhoneId: "p", kapsoApiKey: "k" }, { sms: "GHL", email: "GHL", whatsapp: "KAPSO" }],
    ["half of Kapso", { ...ghl, kapsoPhoneId: "p", kapsoApiKey: "\n" }, { sms: "GHL", email: "GHL", whatsapp: "GHL" }],
    ["a key alone", { ...ghl, kapsoPhoneId: " ", kapsoApiKey: "k" }, { sms: "GHL", email: "GHL", whatsapp: "GHL" }],
  ])("with %s set up", (_name, credentials, expected) => {
    const workspace = { ...nothing, ...credentials };
    for (const channel of ["sms", "email", "whatsapp"] as const) {
      expect(chooseSender(workspace, channel)).toBe(expected[channel]);
    }
  });

  it("without credentials is refused by the provider, should anybody ask", async () => {
    const { id } = await scene.runtime.db.client.create({ data: { name: "Empty" } });
    for (const provider of PROVIDERS) {
      const deadline = startDeadline(5000);
      const session = await scene.runtime.followups.openSender({ ...nothing, id }, provider, { deadline });
      if (session === "circuit_open") throw new Error("the circuit is open");
      const to = { ghlContactId: "c", email: null, phone: "+15550100001" };
      const message = { channel: "whatsapp", to, subject: null, body: "Hello" } as const;
      expect(await sendOnce(session, message)).toMatchObject({ kind: "refused", credentialDead: true });
      await session.close();
    }
  });
});

/** The cool-down is over. */
async function coolDown({ workspace }: Sending): Promise<void> {
  await scene.runtime.db.$executeRaw`
    UPDATE "Circuit" SET "openUntil" = clock_timestamp() - interval '1 second' WHERE "clientId" = ${workspace.id}`;
}
