import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { CutOffError, ProviderError } from "@/lib/core/errors";
import type { PostRequest } from "./post";
import { createRequester } from "./request";
import type { RequesterOptions } from "./requester-options";
import { countingLimiter } from "./testing/counting-limiter";
import { type Handler, type Reply, reply, startLoopback } from "./testing/loopback";
import { type RawHandlers, startRawLoopback } from "./testing/raw-loopback";

const TOKEN = "pit-0000-secret-token";
const BODY = { message: "Hello Ada, ring +1 555 010 0001" };

const servers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(handle: Handler) {
  const server = await startLoopback(handle);
  servers.push(server);
  return server;
}

async function serveRaw(handlers: RawHandlers) {
  const server = await startRawLoopback(handlers);
  servers.push(server);
  return server;
}

/** Takes the whole request, then answers with these bytes, and does the rest. */
function serveBytes(bytes: string, then: (socket: Socket) => void = () => {}) {
  return serveRaw({ got: (socket) => socket.write(bytes, () => then(socket)) });
}

const answering = (given: Reply) => serve((_request, response) => reply(response, given));

function setUp(url: string, options: Partial<RequesterOptions> = {}) {
  const { limiter, counts } = countingLimiter();
  const requester = createRequester({
    provider: "Example",
    baseUrl: url,
    headers: { authorization: `Bearer ${TOKEN}` },
    limiter,
    timeoutMs: 5000,
    readLimits: () => ({ parkMs: null }),
    ...options,
  });
  const asked = { times: 0 };
  const post = (request: Partial<PostRequest> = {}, path = "/messages") =>
    requester.post(path, {
      body: BODY,
      signal: new AbortController().signal,
      label: "send message",
      mayStillSend: async () => {
        asked.times += 1;
        return true;
      },
      ...request,
    });
  return { post, counts, asked };
}

const ONE_PERMIT = { acquired: 1, answered: 1 };
const OK = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

describe("a request that must not be repeated", () => {
  it("is written whole, as JSON, on a connection of its own that is closed after it", async () => {
    const server = await serveBytes(`${OK}content-length: 12\r\n\r\n{"id":"m-1"}`, (socket) => {
      socket.on("end", () => socket.end());
    });
    const { post, counts } = setUp(`${server.url}/meta/v24.0/`);
    const results = [await post({ headers: { version: "2021-04-15" } }), await post()];
    expect(results).toEqual(
      Array(2).fill({ kind: "accepted", answer: { status: 200, body: { id: "m-1" }, traceId: null }, fault: null }),
    );
    expect(server.received).toHaveLength(2);
    const [head, body] = server.received[0]?.split("\r\n\r\n") ?? [];
    expect(head?.split("\r\n")[0]).toBe("POST /meta/v24.0/messages HTTP/1.1");
    expect(head?.toLowerCase().split("\r\n").slice(1).toSorted()).toEqual([
      "accept-encoding: identity",
      "accept: application/json",
      `authorization: bearer ${TOKEN}`,
      "connection: close",
      `content-length: ${JSON.stringify(BODY).length}`,
      "content-type: application/json",
      `host: ${new URL(server.url).host}`,
      "user-agent: leadline",
      "version: 2021-04-15",
    ]);
    expect(body).toBe(JSON.stringify(BODY));
    expect(counts).toMatchObject({ acquired: 2, answered: 2 });
  });

  it("is asked about once, after the permit and the connection, before the first byte", async () => {
    const server = await serveRaw({ got: (socket) => socket.end(`${OK}content-length: 2\r\n\r\n{}`) });
    const { post, counts } = setUp(server.url);
    const seen: unknown[] = [];
    await post({
      mayStillSend: async () => {
        while (server.received.length === 0) await new Promise(setImmediate);
        seen.push([counts.acquired, counts.answered, server.received[0]]);
        return true;
      },
    });
    expect(seen).toEqual([[1, 0, ""]]);
  });

  it("takes the answer that follows provisional ones", async () => {
    const server = await serveBytes(
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n${OK}content-length: 2\r\n\r\n{}`,
    );
    expect(await setUp(server.url).post()).toMatchObject({ kind: "accepted", answer: { status: 200, body: {} } });
  });
});

describe("certainly not sent", () => {
  it("is what finds no connection, and nobody is asked", async () => {
    const closed = await startLoopback(() => {});
    await closed.close();
    const mute = await serveRaw({});
    const plain = await serveBytes("HTTP/1.1 400 Bad Request\r\n\r\n");
    const hangsUp = await serveRaw({ connected: (socket) => socket.resetAndDestroy() });
    const https = ({ url }: { url: string }) => url.replace("http:", "https:");
    const cases: [string, RegExp][] = [
      [closed.url, / \(ECONNREFUSED\)$/],
      ["http://nobody.invalid", / \((ENOTFOUND|EAI_AGAIN)\)$/],
      // A handshake that never ends, one with somebody who speaks no TLS, and one that is broken off.
      [https(mute), /no connection$/],
      [https(plain), / \((ERR_SSL_\w+|EPROTO)\)$/],
      [https(hangsUp), / \(ECONNRESET\)$/],
    ];
    for (const [url, message] of cases) {
      const { post, counts, asked } = setUp(url, { timeoutMs: 400 });
      const result = await post();
      expect(result).toMatchObject({ kind: "not_sent", retryAfterMs: null, error: { kind: "transient" } });
      expect(result).toHaveProperty("error.message", expect.stringMatching(message));
      expect([counts, asked.times]).toEqual([{ ...ONE_PERMIT, parkedMs: [] }, 0]);
    }
  });

  it.each<[string, (socket: Socket) => void]>([
    ["ended", (socket) => socket.end()],
    ["reset", (socket) => socket.resetAndDestroy()],
  ])("is what loses its connection while it is asked about: %s", async (_how, lose) => {
    let accepted: Socket | undefined;
    const server = await serveRaw({ connected: (socket) => (accepted = socket) });
    const { post, counts } = setUp(server.url);
    const result = await post({
      mayStillSend: async () => {
        while (!accepted) await new Promise(setImmediate);
        lose(accepted);
        await Promise.race([once(accepted, "close"), once(accepted, "end")]);
        // One turn for what arrived to be noticed, and one for what it leads to.
        for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
        return true;
      },
    });
    expect(result).toMatchObject({ kind: "not_sent", error: { message: "Example: send message: no connection" } });
    expect(server.received).toEqual([""]);
    expect(counts).toMatchObject(ONE_PERMIT);
  });

  it.each([
    [429, {}, { kind: "rate_limited", status: 429 }, 60_000],
    [409, {}, { kind: "permanent", status: 409 }, null],
    [409, { "retry-after": "3" }, { kind: "permanent", status: 409 }, 3000],
  ])("is what is answered with %i and %j", async (status, headers: Record<string, string>, error, retryAfterMs) => {
    const server = await answering({ status, headers });
    const { post, counts } = setUp(server.url);
    expect(await post()).toMatchObject({ kind: "not_sent", error, retryAfterMs });
    expect(server.requests).toEqual(["POST /messages"]);
    expect(counts).toMatchObject(ONE_PERMIT);
  });
});

describe("refused", () => {
  it.each([
    [400, { kind: "permanent", credentialDead: false }],
    [401, { kind: "auth", credentialDead: false }],
    [403, { kind: "auth", credentialDead: true }],
    [404, { kind: "not_found" }],
    [413, { kind: "permanent" }],
    // fetch would have sent it again.
    [421, { kind: "permanent" }],
    [422, { kind: "permanent" }],
  ])("is what is answered with %i, once", async (status, error) => {
    const server = await answering({ status, body: { traceId: "t-1", message: "no" } });
    const { post, counts } = setUp(server.url);
    expect(await post()).toMatchObject({
      kind: "refused",
      error: { ...error, status, message: `Example: send message: answered ${status} (trace t-1)` },
      body: { message: "no" },
    });
    expect(server.requests).toEqual(["POST /messages"]);
    expect(counts).toMatchObject(ONE_PERMIT);
  });

  it("is decided by the status even if the body never ends", async () => {
    const server = await serveBytes("HTTP/1.1 404 Not Found\r\ncontent-length: 100\r\n\r\n{");
    expect(await setUp(server.url, { timeoutMs: 200 }).post()).toMatchObject({ kind: "refused", body: null });
  });

  it("is a token that cannot be sent, which goes nowhere", async () => {
    const server = await answering({});
    const { post, counts, asked } = setUp(server.url, { headers: { authorization: "Bearer pit-secret\ninjected: x" } });
    const result = await post();
    expect(result).toMatchObject({ kind: "refused", error: { kind: "auth", credentialDead: true } });
    expect(JSON.stringify(result)).not.toContain("pit-secret");
    expect([server.requests, counts.acquired, asked.times]).toEqual([[], 0, 0]);
  });
});

describe("unknown", () => {
  it.each<[string, string, (socket: Socket) => void, RegExp]>([
    ["a reset before the answer", "", (socket) => socket.resetAndDestroy(), /connection failed \(ECONNRESET\)$/],
    ["an end before the answer", "", (socket) => socket.end(), /connection failed \(ECONNRESET\)$/],
    ["an end within the head", "HTTP/1.1 200 OK\r\ncont", (socket) => socket.end(), /connection failed/],
    ["something that is no HTTP", "hello\r\n\r\n", () => {}, /connection failed \(HPE_\w+\)$/],
    [
      "an offer of another protocol",
      "HTTP/1.1 101 X\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
      () => {},
      /failed$/,
    ],
    ["a head that is too long", `${OK}x: ${"y".repeat(20_000)}\r\n\r\n`, () => {}, /failed \(HPE_HEADER_OVERFLOW\)$/],
    ["no answer at all", "", () => {}, /no answer within 300 ms$/],
    ["a head that never ends", "HTTP/1.1 200 OK\r\nx: y", () => {}, /no answer within 300 ms$/],
  ])("is what is followed by %s", async (_name, bytes, then, message) => {
    const server = await serveBytes(bytes, then);
    const { post, counts, asked } = setUp(server.url, { timeoutMs: 300 });
    const result = await post();
    expect(result).toMatchObject({ kind: "unknown", error: { kind: "transient" } });
    expect(result).toHaveProperty("error.message", expect.stringMatching(message));
    expect(server.received).toEqual([expect.stringContaining(JSON.stringify(BODY))]);
    expect([counts, asked.times]).toEqual([{ ...ONE_PERMIT, parkedMs: [] }, 1]);
  });

  it.each([300, 302, 307, 308, 408, 500, 502, 503, 504])("is what is answered with %i, once", async (status) => {
    const server = await answering({ status, headers: { location: "/elsewhere", "retry-after": "1" } });
    const { post, counts } = setUp(server.url);
    expect(await post()).toMatchObject({ kind: "unknown", error: { status } });
    expect(server.requests).toEqual(["POST /messages"]);
    expect(counts).toMatchObject(ONE_PERMIT);
  });
});

describe("accepted", () => {
  it.each<[string, string, (socket: Socket) => void, string]>([
    ["is a page for people", "content-length: 6\r\n\r\n<html>", () => {}, "malformed"],
    ["is empty", "content-length: 0\r\n\r\n", () => {}, "malformed"],
    ["is too long", `\r\n"${"x".repeat(1_000_001)}"`, () => {}, "malformed"],
    ["is cut off", 'content-length: 99\r\n\r\n{"id":', (socket) => socket.resetAndDestroy(), "transient"],
    ["never ends", 'content-length: 99\r\n\r\n{"id":', () => {}, "transient"],
  ])("is a 2xx whose body %s: it was sent, and nobody knows its name", async (_name, bytes, then, kind) => {
    const server = await serveBytes(OK + bytes, then);
    const { post, counts } = setUp(server.url, { timeoutMs: 400 });
    const result = await post();
    expect(result).toMatchObject({ kind: "accepted", answer: { status: 200, body: null }, fault: { kind } });
    expect(counts).toMatchObject(ONE_PERMIT);
  });

  it("is a 2xx whose connection is reset while the account is parked", async () => {
    const reset: { socket?: Socket } = {};
    const server = await serveBytes(`${OK}content-length: 99\r\n\r\n{`, (socket) => (reset.socket = socket));
    const { limiter } = countingLimiter();
    const park = async () => {
      reset.socket?.resetAndDestroy();
      for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    };
    const { post } = setUp(server.url, { readLimits: () => ({ parkMs: 1000 }), limiter: { ...limiter, park } });
    expect(await post()).toMatchObject({ kind: "accepted", fault: { kind: "transient" } });
  });

  it("is every 2xx", async () => {
    const server = await answering({ status: 201, body: { id: 1 } });
    expect(await setUp(server.url).post()).toMatchObject({ kind: "accepted", answer: { status: 201 }, fault: null });
  });
});

describe("a limited account", () => {
  it.each([
    [429, "not_sent"],
    [200, "accepted"],
  ])("is parked as a %i says, before the permit is given back", async (status, kind) => {
    const order: string[] = [];
    const server = await answering({ status });
    const { post } = setUp(server.url, {
      readLimits: () => ({ parkMs: 7000 }),
      limiter: {
        acquire: async () => ({ answered: () => void order.push("answered") }),
        park: async (ms) => void order.push(`parked ${ms}`),
      },
    });
    expect(await post()).toMatchObject({ kind });
    expect(order).toEqual(["parked 7000", "answered"]);
  });

  it("does not make anybody forget what was sent when it cannot be parked", async () => {
    const server = await answering({ body: { id: "m-1" } });
    const { limiter } = countingLimiter();
    const park = () => Promise.reject(new Error("the database is away"));
    const { post } = setUp(server.url, { readLimits: () => ({ parkMs: 7000 }), limiter: { ...limiter, park } });
    expect(await post()).toMatchObject({ kind: "accepted", answer: { body: { id: "m-1" } } });
  });
});

describe("whoever sends", () => {
  const reason = new CutOffError("the time budget is spent");

  it("may think better of it, and nothing is written, nor is the connection kept", async () => {
    const ended: Promise<unknown>[] = [];
    const server = await serveRaw({ connected: (socket) => ended.push(once(socket, "end")) });
    const { post, counts } = setUp(server.url);
    expect(await post({ mayStillSend: async () => false })).toEqual({ kind: "prevented" });
    const broken = new Error("the database is away");
    await expect(post({ mayStillSend: () => Promise.reject(broken) })).rejects.toBe(broken);
    await Promise.all(ended);
    expect(server.received).toEqual(["", ""]);
    expect(counts).toMatchObject({ acquired: 2, answered: 2 });
  });

  it("is cut off while there is no permit, or when there will be none in time", async () => {
    const server = await answering({});
    const failing = (error: Error) => ({ acquire: () => Promise.reject(error), park: async () => {} });
    const limited = new ProviderError("no requests left", { kind: "rate_limited", retryAfterMs: 60_000 });
    expect(await setUp(server.url, { limiter: failing(limited) }).post()).toEqual({ kind: "cut_off" });
    const aborted = setUp(server.url);
    expect(await aborted.post({ signal: AbortSignal.abort(reason) })).toEqual({ kind: "cut_off" });
    const caller = new AbortController();
    const waiting = setUp(server.url, {
      limiter: {
        acquire: (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
        park: async () => {},
      },
    }).post({ signal: caller.signal });
    caller.abort(reason);
    expect(await waiting).toEqual({ kind: "cut_off" });
    const broken = new Error("the database is away");
    await expect(setUp(server.url, { limiter: failing(broken) }).post()).rejects.toBe(broken);
    expect(server.requests).toEqual([]);
  });

  it("is cut off while connecting", async () => {
    const caller = new AbortController();
    const mute = await serveRaw({ connected: () => caller.abort(reason) });
    const { post, counts, asked } = setUp(mute.url.replace("http:", "https:"), { timeoutMs: 600_000 });
    expect(await post({ signal: caller.signal })).toEqual({ kind: "cut_off" });
    expect([counts, asked.times]).toEqual([{ ...ONE_PERMIT, parkedMs: [] }, 0]);
  });

  it("is not cut off once it said yes, nor once the request is on its way", async () => {
    const caller = new AbortController();
    const server = await answering({ body: { id: "m-1" } });
    const mayStillSend = async () => {
      caller.abort(reason);
      return true;
    };
    expect(await setUp(server.url).post({ signal: caller.signal, mayStillSend })).toMatchObject({ kind: "accepted" });
    const late = new AbortController();
    const slow = await serve((_request, response) => {
      late.abort(reason);
      setImmediate(() => reply(response, {}));
    });
    expect(await setUp(slow.url).post({ signal: late.signal })).toMatchObject({ kind: "accepted" });
  });

  it("may take longer to answer than the request may take", async () => {
    const server = await answering({});
    const mayStillSend = () => new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 300));
    expect(await setUp(server.url, { timeoutMs: 200 }).post({ mayStillSend })).toMatchObject({ kind: "accepted" });
  });
});

it("names the call in its errors, and never the token, the address or the body", async () => {
  const echo = await serve((request, response) => reply(response, { status: 400, body: request.headers }));
  const garbled = await serve((request, response) => reply(response, { body: `${request.headers["authorization"]}` }));
  const resetting = await serve((request) => request.socket.destroy());
  for (const { url } of [echo, garbled, resetting]) {
    const result = await setUp(url).post({}, "/contacts/con-17/messages");
    const error = "error" in result ? result.error : "fault" in result ? result.fault : null;
    expect(error?.message).toContain("Example: send message: ");
    const told = `${error?.message} ${error?.stack} ${String(error?.cause)}`;
    for (const secret of [TOKEN, "555 010", "con-17", "Ada"]) expect(told).not.toContain(secret);
  }
});
