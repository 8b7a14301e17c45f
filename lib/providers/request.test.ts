import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { CutOffError, ProviderError } from "@/lib/core/errors";
import type { RequestLimiter } from "./limiter";
import { createRequester, type GetRequest } from "./request";
import type { RequesterOptions } from "./requester-options";
import { createRetryBudget } from "./retry-budget";
import { countingLimiter } from "./testing/counting-limiter";
import { type Handler, type Loopback, type Reply, reply, startLoopback } from "./testing/loopback";

const TOKEN = "pit-0000-secret-token";
const EMAIL = "ada@example.com";

const servers: Loopback[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(handle: Handler): Promise<Loopback> {
  const server = await startLoopback(handle);
  servers.push(server);
  return server;
}

/** Gives these answers one after the other, the last one from then on. */
function answers(...replies: Reply[]): Promise<Loopback> {
  let next = 0;
  return serve((_request, response) => {
    reply(response, replies[Math.min(next, replies.length - 1)] ?? {});
    next += 1;
  });
}

function setUp(url: string, options: Partial<RequesterOptions> = {}) {
  const { limiter, counts } = countingLimiter();
  const requester = createRequester({
    provider: "Example",
    baseUrl: url,
    headers: { authorization: `Bearer ${TOKEN}` },
    limiter,
    timeoutMs: 5000,
    readLimits: () => ({ parkMs: null }),
    retryBudget: createRetryBudget({ savedMax: 10 }),
    ...options,
  });
  const ask = (request: Partial<GetRequest> = {}, path = "/things") =>
    requester.get(path, { signal: new AbortController().signal, label: "list things", ...request });
  const failure = async (request?: Partial<GetRequest>, path?: string) => {
    const error: unknown = await ask(request, path).then(
      () => "no error",
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof ProviderError)) throw new Error(`not a ProviderError: ${String(error)}`);
    return error;
  };
  return { ask, failure, counts };
}

describe("an answer", () => {
  it("comes as parsed JSON with its trace id", async () => {
    const server = await answers({ status: 201, body: { traceId: "t-8", things: [1] } });
    const { ask, counts } = setUp(server.url);
    expect(await ask()).toEqual({ status: 201, body: { traceId: "t-8", things: [1] }, traceId: "t-8" });
    expect(counts).toEqual({ acquired: 1, answered: 1, parkedMs: [] });
  });

  it("takes its trace id from a header where the body has none, and never anything that is not an id", async () => {
    const server = await answers(
      { body: [], headers: { "x-request-id": "r-1" } },
      { body: { traceId: EMAIL } },
      { body: { traceId: { a: 1 } } },
    );
    const { ask } = setUp(server.url);
    expect((await ask()).traceId).toBe("r-1");
    expect((await ask()).traceId).toBeNull();
    expect((await ask()).traceId).toBeNull();
  });

  it("is asked for with the base URL's path, encoded queries and all headers", async () => {
    const seen: unknown[] = [];
    const server = await serve((request, response) => {
      seen.push([request.headers["authorization"], request.headers["version"], request.headers["accept"]]);
      reply(response, {});
    });
    const { ask } = setUp(`${server.url}/meta/v24.0/`);
    await ask({ query: { email: "ada+1@example.com", since: "a b" }, headers: { version: "2021-07-28" } });
    expect(server.requests).toEqual(["GET /meta/v24.0/things?email=ada%2B1%40example.com&since=a+b"]);
    expect(seen).toEqual([[`Bearer ${TOKEN}`, "2021-07-28", "application/json"]]);
  });

  it("may come compressed, and is as long as it is then", async () => {
    const server = await serve((request, response) => {
      expect(request.headers["accept-encoding"]).toBe("gzip");
      response.writeHead(200, { "content-encoding": "gzip" });
      response.end(gzipSync(JSON.stringify({ text: "a".repeat(100_000) })));
    });
    expect((await setUp(server.url).ask()).body).toEqual({ text: "a".repeat(100_000) });
    const error = await setUp(server.url, { maxBodyBytes: 50_000 }).failure();
    expect(error).toMatchObject({ kind: "malformed", message: expect.stringContaining("larger than 50000") });
  });

  it("that is cut within what is compressed is a lost connection, not half an answer", async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" });
      response.end(gzipSync(JSON.stringify({ text: randomBytes(3_000).toString("hex") })).subarray(0, 2_000));
    });
    expect(await setUp(server.url).failure()).toMatchObject({ kind: "transient" });
  });

  it("goes over the connection of the one before, and after a failure over another", async () => {
    const connections = new Set<unknown>();
    let asked = 0;
    const server = await serve((request, response) => {
      connections.add(request.socket);
      if (++asked === 3) request.socket.destroy();
      else reply(response, { body: { ok: true } });
    });
    const { ask } = setUp(server.url);
    for (let call = 0; call < 5; call++) await ask();
    expect({ asked, connections: connections.size }).toEqual({ asked: 6, connections: 2 });
  });

  it("has no NUL in any string, escaped, raw or nested, and keeps what only looks like one", async () => {
    const server = await answers({ body: '{"a":"x\\u0000y","b":[{"c":"\0z\\u0000"}],"d":"\\\\u0000"}' });
    const { ask } = setUp(server.url);
    expect((await ask()).body).toEqual({ a: "xy", b: [{ c: "z" }], d: "\\u0000" });
  });
});

describe("an answer that cannot be read", () => {
  it.each([
    ["an HTML page", "<html><body>Hello ada@example.com</body></html>"],
    ["JSON cut in the middle", '{"email":"ada@example.com","eve'],
    ["an empty body", ""],
    ["words", "OK"],
  ])("is malformed, not repeated, and not quoted: %s", async (_name, body) => {
    const server = await answers({ body });
    const { failure, counts } = setUp(server.url);
    const error = await failure();
    expect(error).toMatchObject({ kind: "malformed", message: "Example: list things: the body is not JSON" });
    expect(error.cause).toBeUndefined();
    expect(counts).toMatchObject({ acquired: 1, answered: 1 });
  });

  it("is malformed when the body never ends", async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const chunk = `${" ".repeat(9999)}\n`;
      const pour = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on("drain", pour);
      pour();
    });
    const { failure } = setUp(server.url, { maxBodyBytes: 100_000 });
    expect(await failure()).toMatchObject({
      kind: "malformed",
      message: "Example: list things: the body is larger than 100000 bytes",
    });
  });

  it("is malformed when it is a redirect, which is not followed", async () => {
    const server = await answers({ status: 302, headers: { location: "/elsewhere" } });
    const { failure } = setUp(server.url);
    expect(await failure()).toMatchObject({ kind: "malformed", status: 302 });
    expect(server.requests).toEqual(["GET /things"]);
  });
});

describe("a refusal", () => {
  it.each([
    [400, "permanent"],
    [403, "auth"],
    [404, "not_found"],
    [409, "permanent"],
    [422, "permanent"],
    [429, "rate_limited"],
  ])("with %i is %s and is not repeated", async (status, kind) => {
    const server = await answers({ status, body: { message: ["property limit should not exist"], traceId: "t-9" } });
    const { failure, counts } = setUp(server.url);
    expect(await failure()).toMatchObject({
      kind,
      status,
      credentialDead: status === 403,
      message: `Example: list things: answered ${status} (trace t-9)`,
    });
    expect(counts).toMatchObject({ acquired: 1, answered: 1 });
  });

  it("is decided by its status even if its body is broken or endless", async () => {
    const broken = await answers({ status: 404, body: "<html>" });
    expect((await setUp(broken.url).failure()).kind).toBe("not_found");
    const dripping = await serve((_request, response) => {
      response.writeHead(404);
      response.write("{");
    });
    expect((await setUp(dripping.url, { timeoutMs: 100 }).failure()).kind).toBe("not_found");
  });
});

describe("a transient failure", () => {
  it.each([500, 502, 503, 408])("%i is repeated twice, each time with a permit", async (status) => {
    const server = await answers({ status, body: "<html>Bad gateway</html>" });
    const { failure, counts } = setUp(server.url);
    expect(await failure()).toMatchObject({ kind: "transient", status });
    expect(server.requests).toHaveLength(3);
    expect(counts).toMatchObject({ acquired: 3, answered: 3 });
  });

  it("is forgotten when the repetition succeeds", async () => {
    const server = await answers({ status: 500 }, { body: { ok: true } });
    expect((await setUp(server.url).ask()).body).toEqual({ ok: true });
  });

  it("is not repeated beyond the process's budget", async () => {
    const server = await answers({ status: 503 });
    const { failure } = setUp(server.url, { retryBudget: createRetryBudget() });
    await failure();
    expect(server.requests).toHaveLength(2);
    await failure();
    expect(server.requests).toHaveLength(3);
  });

  it("may be repeated again once ten more calls were made", async () => {
    const budget = createRetryBudget();
    budget.trySpend();
    const server = await answers({ status: 503 });
    const { failure } = setUp(server.url, { retryBudget: budget });
    for (let calls = 0; calls < 9; calls += 1) await failure();
    expect(server.requests).toHaveLength(9);
    await failure();
    expect(server.requests).toHaveLength(11);
  });

  it("is a connection that is reset before the answer, or within it", async () => {
    const before = await serve((request) => request.socket.destroy());
    const error = await setUp(before.url).failure();
    expect(error).toMatchObject({ kind: "transient", status: null });
    expect(error.message).toMatch(/^Example: list things: the connection failed \([A-Z_]+\)$/);
    expect(before.requests).toHaveLength(3);

    const within = await serve((request, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write('{"things":', () => request.socket.destroy());
    });
    expect((await setUp(within.url).failure()).kind).toBe("transient");
  });

  it("is a port where nobody listens", async () => {
    const server = await startLoopback(() => {});
    await server.close();
    const { failure, counts } = setUp(server.url);
    expect(await failure()).toMatchObject({
      kind: "transient",
      message: "Example: list things: the connection failed (ECONNREFUSED)",
    });
    expect(counts).toMatchObject({ acquired: 3, answered: 3 });
  });

  it("is a server that takes the request and never answers", async () => {
    const server = await serve(() => {});
    const { failure, counts } = setUp(server.url, { timeoutMs: 100 });
    expect(await failure()).toMatchObject({
      kind: "transient",
      message: "Example: list things: no answer within 100 ms",
    });
    expect(counts).toMatchObject({ acquired: 3, answered: 3 });
  });

  it("is a body that drips for ever", async () => {
    const timers: NodeJS.Timeout[] = [];
    const server = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      timers.push(setInterval(() => response.write(" "), 20));
    });
    const error = await setUp(server.url, { timeoutMs: 150 }).failure();
    for (const timer of timers) clearInterval(timer);
    expect(error).toMatchObject({ kind: "transient", message: "Example: list things: no answer within 150 ms" });
  });
});

describe("a 401", () => {
  it("is repeated once, for it can be a passing one", async () => {
    const server = await answers({ status: 401, body: { message: "Command timed out" } }, { body: { ok: true } });
    expect((await setUp(server.url).ask()).body).toEqual({ ok: true });
    expect(server.requests).toHaveLength(2);
  });

  it("means a dead credential the second time, whatever came between and whatever the budget", async () => {
    const twice = await answers({ status: 401 });
    const spent = createRetryBudget();
    spent.trySpend();
    expect(await setUp(twice.url, { retryBudget: spent }).failure()).toMatchObject({
      kind: "auth",
      status: 401,
      credentialDead: true,
      message: "Example: list things: answered 401, twice",
    });
    expect(twice.requests).toHaveLength(2);

    const between = await answers({ status: 401 }, { status: 500 }, { status: 401 });
    expect(await setUp(between.url).failure()).toMatchObject({ kind: "auth", credentialDead: true });
  });

  it("is not a dead credential when something else came of the repetition", async () => {
    const server = await answers({ status: 401 }, { status: 404 });
    expect(await setUp(server.url).failure()).toMatchObject({ kind: "not_found", credentialDead: false });
  });
});

describe("a limited account", () => {
  const says = (parkMs: number | null) => ({ readLimits: () => ({ parkMs }) });

  it("is parked for as long as the provider says, before the permit is given back", async () => {
    const server = await answers({ status: 429 });
    const order: string[] = [];
    const limiter: RequestLimiter = {
      acquire: async () => ({ answered: () => void order.push("answered") }),
      park: async (ms) => void order.push(`parked ${ms}`),
    };
    const { failure } = setUp(server.url, { ...says(7000), limiter });
    expect(await failure()).toMatchObject({ kind: "rate_limited", retryAfterMs: 7000 });
    expect(order).toEqual(["parked 7000", "answered"]);
  });

  it.each([
    [null, 60_000],
    [0, 1000],
    [-5, 1000],
    [1e15, 86_400_000],
  ])("is parked within bounds on a 429 that says %s ms", async (said, parkedMs) => {
    const server = await answers({ status: 429 });
    const { failure, counts } = setUp(server.url, says(said));
    expect(await failure()).toMatchObject({ kind: "rate_limited", retryAfterMs: parkedMs });
    expect(counts.parkedMs).toEqual([parkedMs]);
  });

  it("is parked by a good answer that says so, which still counts", async () => {
    const server = await answers({ body: { ok: true } });
    const { ask, counts } = setUp(server.url, says(9000));
    expect((await ask()).body).toEqual({ ok: true });
    expect(counts.parkedMs).toEqual([9000]);
  });
});

describe("a caller who cuts the work off", () => {
  const reason = new CutOffError("the time budget is spent");

  it("gets its own reason back while waiting for an answer", async () => {
    const caller = new AbortController();
    const server = await serve(() => caller.abort(reason));
    const spent = createRetryBudget();
    spent.trySpend();
    const { ask, counts } = setUp(server.url, { retryBudget: spent });
    await expect(ask({ signal: caller.signal })).rejects.toBe(reason);
    expect(counts).toMatchObject({ acquired: 1, answered: 1 });
  });

  it("gets it while the body is read, good answer or refusal", async () => {
    for (const status of [200, 404]) {
      const caller = new AbortController();
      const server = await serve((_request, response) => {
        response.writeHead(status);
        response.write("{", () => setTimeout(() => caller.abort(reason), 20));
      });
      await expect(setUp(server.url).ask({ signal: caller.signal })).rejects.toBe(reason);
    }
  });

  it("gets it in the pause before a repetition", async () => {
    const caller = new AbortController();
    const server = await serve((_request, response) => {
      response.on("close", () => caller.abort(reason));
      reply(response, { status: 500 });
    });
    await expect(setUp(server.url).ask({ signal: caller.signal })).rejects.toBe(reason);
    expect(server.requests).toHaveLength(1);
  });

  it("gets it before anything is sent or reserved", async () => {
    const server = await answers({});
    const { ask, counts } = setUp(server.url);
    await expect(ask({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(counts.acquired).toBe(0);
    expect(server.requests).toEqual([]);
  });

  it("gets it while waiting for a permit, and other failures of the limiter come through as they are", async () => {
    const server = await answers({});
    const failing = (error: Error) => ({ acquire: () => Promise.reject(error), park: async () => {} });
    await expect(setUp(server.url, { limiter: failing(reason) }).ask()).rejects.toBe(reason);
    const broken = new Error("the database is away");
    await expect(setUp(server.url, { limiter: failing(broken) }).ask()).rejects.toBe(broken);
    expect(server.requests).toEqual([]);
  });
});

describe("a token that cannot be sent", () => {
  it.each(["pit-secret\ninjected: header", "pit-secret\rtoken", "pit-secret\0token", "pit-secret\x07", "pit-secret’"])(
    "is a dead credential and goes nowhere, not even into the message: %j",
    async (token) => {
      const server = await answers({});
      const { failure, counts } = setUp(server.url, { headers: { authorization: `Bearer ${token}` } });
      const error = await failure();
      expect(error).toMatchObject({ kind: "auth", credentialDead: true });
      expect(`${error.message} ${String(error.cause)}`).not.toContain("secret");
      expect(counts.acquired).toBe(0);
      expect(server.requests).toEqual([]);
    },
  );
});

it("names the call in its errors, and never the token, the query, the address or the body", async () => {
  const echo: Handler = (request, response, url) =>
    reply(response, { status: 422, body: { message: [url.search, request.headers["authorization"], EMAIL] } });
  const refusing = await serve(echo);
  const resetting = await serve((request) => request.socket.destroy());
  const silent = await serve(() => {});
  const garbled = await serve((request, response) => reply(response, { body: `${request.headers["authorization"]}` }));
  for (const { url } of [refusing, resetting, silent, garbled]) {
    const error = await setUp(url, { timeoutMs: 100 }).failure({ query: { email: EMAIL } }, "/contacts/con-17/x");
    const told = `${error.message} ${error.stack} ${String(error.cause)}`;
    expect(error.message).toContain("Example: list things: ");
    for (const secret of [TOKEN, EMAIL, "email=", "con-17"]) expect(told).not.toContain(secret);
  }
});

it("does not leave a connection behind when a body was too long", async () => {
  const closed: Promise<void>[] = [];
  const server = await serve((request, response) => {
    closed.push(new Promise((resolve) => request.socket.once("close", () => resolve())));
    response.writeHead(200);
    response.on("drain", () => response.write(" ".repeat(50_000)));
    while (response.write(" ".repeat(50_000)));
  });
  await setUp(server.url, { maxBodyBytes: 1000 }).failure();
  await Promise.all(closed);
  expect(closed).toHaveLength(1);
});
