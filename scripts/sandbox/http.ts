import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { type Answer, Refusal, type Voice } from "./answer";
import { carryOut, type Delivery, deliverJson, statusOf } from "./delivery";
import { playFault } from "./fault-play";
import type { Faults } from "./faults";
import type { Ledger, LedgerEntry } from "./ledger";
import type { Random } from "./random";
import type { SandboxProvider, SandboxRequest } from "./request";

/** Whether an account may send now, and the headers that say how much it has left. */
export interface Admission {
  headers: Record<string, string>;
  /** Until when a 429 tells the account to wait; null if the request is let through. */
  refusedUntil: number | null;
}

/** What a provider's fake has to offer to be served. */
export interface Fake {
  readonly provider: SandboxProvider;
  readonly voice: Voice;
  /** The account that the ledger and the rate limit count for. */
  accountOf(headers: IncomingHttpHeaders): string;
  admit(account: string, atMs: number): Admission;
  /** The true answer. May throw a `Refusal`. */
  answer(request: SandboxRequest): Answer;
}

export interface Surroundings {
  ledger: Ledger;
  faults: Faults;
  random: Random;
}

export interface FakeServer {
  /** Base URL on the loopback, without a slash at the end. */
  readonly url: string;
  /** Cuts every connection and closes the port. */
  stop(): Promise<void>;
}

/** Longer than any pause between a client's requests, so that no kept connection dies under one by accident. */
const KEEP_ALIVE_MS = 120_000;

/**
 * Serves a fake on a free port of the loopback. What a fake, a fault's `match` or its `transform` throws, other than a
 * `Refusal`, is a mistake in a test or in the sandbox and is not caught.
 */
export async function startFakeServer(fake: Fake, surroundings: Surroundings): Promise<FakeServer> {
  const server = createServer((incoming, outgoing) => {
    if (incoming.method === "POST") {
      void readJson(incoming).then((body) => serve(fake, surroundings, incoming, outgoing, body));
    } else {
      serve(fake, surroundings, incoming, outgoing, undefined);
    }
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the sandbox has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function serve(
  fake: Fake,
  surroundings: Surroundings,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  body: unknown,
): void {
  const { path, query } = splitTarget(incoming.url ?? "");
  const { headers, method = "" } = incoming;
  const { provider } = fake;
  const account = fake.accountOf(headers);
  const entry = surroundings.ledger.note({ provider, account, method, path, query });
  const request = { provider, account, method, path, query: new URLSearchParams(query), headers, body };
  const delivery = decide(fake, surroundings, request, entry);
  entry.status = statusOf(delivery);
  carryOut(delivery, outgoing);
}

/** The rate limit comes first, as at the real providers; then the faults; then the truth. */
function decide(fake: Fake, { faults, random }: Surroundings, request: SandboxRequest, entry: LedgerEntry): Delivery {
  const { voice } = fake;
  const admission = fake.admit(request.account, entry.at);
  if (admission.refusedUntil !== null) {
    entry.resetAt = admission.refusedUntil;
    return deliverJson({ ...voice.rateLimited(), headers: admission.headers });
  }
  const answer = (asked: SandboxRequest) => {
    const said = answerOrRefuse(fake, asked);
    return { ...said, headers: { ...admission.headers, ...said.headers } };
  };
  const rule = faults.pick(request);
  if (rule === null) return deliverJson(answer(request));
  const { fault } = rule;
  entry.fault = fault.kind;
  if (fault.kind === "rate_limited" && fault.headers === "real") {
    entry.resetAt = entry.at + (fault.waitMs ?? voice.usualWaitMs);
  }
  return playFault(rule, { request, voice, random, limitHeaders: admission.headers, answer });
}

function answerOrRefuse(fake: Fake, request: SandboxRequest): Answer {
  try {
    return fake.answer(request);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

function splitTarget(target: string): { path: string; query: string } {
  const mark = target.indexOf("?");
  return mark < 0 ? { path: target, query: "" } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** The body of a request, or undefined where it is no JSON or the caller hung up in the middle of it. */
async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of incoming) pieces.push(Buffer.from(piece));
    return JSON.parse(Buffer.concat(pieces).toString("utf8"));
  } catch {
    return undefined;
  }
}
