import { describe, expect, it, onTestFinished } from "vitest";
import { type Handler, type Loopback, reply, startLoopback } from "@/lib/providers/testing/loopback";
import { addressOf, createSendHeartbeat } from "./heartbeats";

const RUN_ID = "0d338dcc-a054-11ec-b909-0242ac120002";
const NEVER = new AbortController().signal;

describe("the address of a heartbeat", () => {
  it.each([
    ["https://hc.example.com/uuid", "start", "https://hc.example.com/uuid/start?rid=RUN"],
    ["https://hc.example.com/uuid", "success", "https://hc.example.com/uuid?rid=RUN"],
    ["https://hc.example.com/uuid/", "fail", "https://hc.example.com/uuid/fail?rid=RUN"],
    ["https://hc.example.com/key/job?create=1", "start", "https://hc.example.com/key/job/start?create=1&rid=RUN"],
    ["https://hc.example.com/?check=7", "success", "https://hc.example.com/?check=7&rid=RUN"],
    ["https://hc.example.com", "fail", "https://hc.example.com/fail?rid=RUN"],
  ] as const)("%s at %s is %s", (url, signal, address) => {
    expect(addressOf(url, { signal, runId: RUN_ID }).toString()).toBe(address.replace("RUN", RUN_ID));
  });

  it("names no run where there is none", () => {
    expect(addressOf("https://hc.example.com/uuid", { signal: "fail", runId: null }).search).toBe("");
  });
});

describe("a heartbeat", () => {
  it("goes to the job's own address", async () => {
    const loopback = await listen((_, response) => reply(response, { body: "OK" }));
    const send = createSendHeartbeat({ APPOINTMENT_RECONCILE: `${loopback.url}/a`, FOLLOWUPS: `${loopback.url}/b` });
    const beat = { job: "appointment-reconcile", signal: "success", runId: RUN_ID } as const;
    expect(await send(beat, NEVER)).toEqual({ kind: "delivered" });
    expect(loopback.requests).toEqual([`GET /a?rid=${RUN_ID}`]);
  });

  it("goes nowhere for a job without an address", () => {
    const send = createSendHeartbeat({ FOLLOWUPS: "http://127.0.0.1:1/secret" });
    expect(send({ job: "response-timing", signal: "start", runId: RUN_ID }, NEVER)).toBeNull();
  });

  it.each<[string, Handler, string]>([
    ["refused", (_, response) => reply(response, { status: 404 }), "it answered 404"],
    [
      "sent elsewhere",
      (_, response) => reply(response, { status: 307, headers: { location: "/elsewhere" } }),
      "it answered 307",
    ],
    ["never answered", () => {}, "it did not answer within 3000 ms"],
    ["hung up on", (request) => request.socket.destroy(), "the connection failed (UND_ERR_SOCKET)"],
  ])("that is %s says so without its address, and is sent once", async (_, handle, reason) => {
    const loopback = await listen(handle);
    const send = createSendHeartbeat({ FOLLOWUPS: `${loopback.url}/secret-uuid` });
    const delivery = await send({ job: "followups", signal: "start", runId: RUN_ID }, NEVER);
    expect(delivery).toEqual({ kind: "failed", reason, retryAfterMs: null });
    expect(loopback.requests).toHaveLength(1);
  });

  it("is not waited for when there is no time left", async () => {
    const loopback = await listen(() => {});
    const send = createSendHeartbeat({ FOLLOWUPS: `${loopback.url}/secret-uuid` });
    const giveUp = AbortSignal.abort();
    const delivery = await send({ job: "followups", signal: "fail", runId: RUN_ID }, giveUp);
    expect(delivery).toMatchObject({ kind: "failed", reason: "there was no time left to wait for its answer" });
  });
});

async function listen(handle: Handler): Promise<Loopback> {
  const loopback = await startLoopback(handle);
  onTestFinished(() => loopback.close());
  return loopback;
}
