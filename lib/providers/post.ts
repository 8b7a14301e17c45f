import { ProviderError } from "@/lib/core/errors";
import { startDeadline } from "@/lib/core/time";
import { findTraceId, type ProviderAnswer, readParkMs, readRefusalBody } from "./answers";
import { type Connection, isUsable, openConnection, postOver } from "./connection";
import type { Reply } from "./exchange";
import { readRetryAfterMs } from "./headers";
import type { RequestPermit } from "./limiter";
import { findUnsendable, joinHeaders, urlOf } from "./outgoing";
import { type CallContext, explainFailure, explainRefusal, explainUnconnected } from "./refusals";
import type { RequesterOptions } from "./requester-options";
import { readJsonBody } from "./response-body";

export interface PostRequest {
  /** Sent as JSON. */
  body: unknown;
  headers?: Record<string, string>;
  /** Ends the wait for a permit and for a connection. What is on its way is not called back by it. */
  signal: AbortSignal;
  /** What is being done, for error messages: words of ours only, no ids and no addresses. */
  label: string;
  /** Asked once, when there is a permit and a connection: the next thing that happens is the sending. */
  mayStillSend(): Promise<boolean>;
}

/** What is certain about a request that was sent at most once. */
export type PostResult =
  /** 2xx. `fault` says what was wrong with its body, which is null then; it was taken nevertheless. */
  | { kind: "accepted"; answer: ProviderAnswer; fault: ProviderError | null }
  /** It did not take effect, and the same may be tried another time: no connection, 429, 409. */
  | { kind: "not_sent"; error: ProviderError; retryAfterMs: number | null }
  /** It did not take effect and will not as it is: another 4xx, with its JSON where that can be read. */
  | { kind: "refused"; error: ProviderError; body: unknown }
  /** It may have taken effect or not. */
  | { kind: "unknown"; error: ProviderError }
  /** `mayStillSend` said no. */
  | { kind: "prevented" }
  /** The caller's time was up before anything was sent. */
  | { kind: "cut_off" };

/**
 * The share of the time limit that may go into connecting. The rest is for the answer: a request without one may have
 * taken effect, while one without a connection certainly has not.
 */
const CONNECTING_SHARE = 0.5;
/** Far more than any provider answers to one request. */
const ANSWER_BYTES_MAX = 1_000_000;

/**
 * Sends a request that nobody may repeat, once.
 *
 * It goes over a connection of its own. That draws the line between what certainly was not sent and what may have been:
 * it is the moment of the first byte, whatever words the system finds for an error. On a kept connection there is no such
 * line, because the other side may be closing it; and fetch repeats a POST by itself after a 421.
 *
 * `timeoutMs` is for connecting and the answer together; what `mayStillSend` takes is not counted.
 */
export async function postOnce(options: RequesterOptions, path: string, request: PostRequest): Promise<PostResult> {
  const unsendable = findUnsendable(options, request.label);
  if (unsendable) return { kind: "refused", error: unsendable, body: null };
  const permit = await acquirePermit(options, request.signal);
  if (permit === "cut_off") return { kind: "cut_off" };
  try {
    return await postWithPermit(options, path, request);
  } finally {
    permit.answered();
  }
}

async function postWithPermit(options: RequesterOptions, path: string, request: PostRequest): Promise<PostResult> {
  const context = { provider: options.provider, label: request.label, timeoutMs: options.timeoutMs };
  const startedAtMs = performance.now();
  const connection = await connect(context, urlOf(options.baseUrl, path), request.signal);
  if ("kind" in connection) return connection;
  const leftMs = options.timeoutMs - (performance.now() - startedAtMs);
  try {
    if (request.signal.aborted) return { kind: "cut_off" };
    if (!(await request.mayStillSend())) return { kind: "prevented" };
    if (!isUsable(connection)) return unconnected(explainUnconnected(context, null));
    return await exchange(options, context, connection, request, leftMs);
  } finally {
    connection.close();
  }
}

/** A wait that is known to be longer than there is time for is over before it has begun. */
async function acquirePermit(options: RequesterOptions, signal: AbortSignal): Promise<RequestPermit | "cut_off"> {
  try {
    signal.throwIfAborted();
    return await options.limiter.acquire(signal);
  } catch (error) {
    if (signal.aborted || (error instanceof ProviderError && error.kind === "rate_limited")) return "cut_off";
    throw error;
  }
}

async function connect(context: CallContext, url: URL, signal: AbortSignal): Promise<Connection | PostResult> {
  const deadline = startDeadline(context.timeoutMs * CONNECTING_SHARE, signal);
  try {
    return await openConnection(url, deadline.signal);
  } catch (error) {
    if (signal.aborted) return { kind: "cut_off" };
    return unconnected(explainUnconnected(context, error));
  } finally {
    deadline.dispose();
  }
}

function unconnected(error: ProviderError): PostResult {
  return { kind: "not_sent", error, retryAfterMs: null };
}

/** From the first byte to the last. It never rejects: nobody could tell what to make of that. */
async function exchange(
  options: RequesterOptions,
  context: CallContext,
  connection: Connection,
  request: PostRequest,
  leftMs: number,
): Promise<PostResult> {
  const deadline = startDeadline(leftMs);
  const explain = (error: unknown) => explainFailure(context, error, deadline.signal.aborted);
  try {
    const headers = joinHeaders(options.headers, request.headers);
    const reply = await postOver(connection, { headers, body: request.body }, deadline.signal);
    const parkMs = await parkAsTold(options, reply);
    return await judge(context, reply, parkMs, explain);
  } catch (error) {
    return { kind: "unknown", error: explain(error) };
  } finally {
    deadline.dispose();
  }
}

async function judge(
  context: CallContext,
  { status, headers, body }: Reply,
  parkMs: number | null,
  explain: (error: unknown) => ProviderError,
): Promise<PostResult> {
  if (status >= 200 && status < 300) {
    const read = await readJsonBody(body, ANSWER_BYTES_MAX).then(
      (value) => ({ value, fault: null }),
      // It was taken before the answer was written; what is lost is the provider's name for it.
      (error: unknown) => ({ value: null, fault: explain(error) }),
    );
    const answer = { status, body: read.value, traceId: findTraceId(headers, read.value) };
    return { kind: "accepted", answer, fault: read.fault };
  }
  const said = await readRefusalBody(body);
  const error = explainRefusal(context, status, findTraceId(headers, said), parkMs);
  if (status === 429) return { kind: "not_sent", error, retryAfterMs: parkMs };
  if (status === 409) return { kind: "not_sent", error, retryAfterMs: readRetryAfterMs(headers) };
  // A 408 is a time-out in the words of a gateway, and a redirect comes from one that is not the API.
  const isRefusal = status >= 400 && status < 500 && status !== 408;
  return isRefusal ? { kind: "refused", error, body: said } : { kind: "unknown", error };
}

/** Parked before the permit is given back and before the body is waited for: nobody slips in between. */
async function parkAsTold(
  { limiter, readLimits }: RequesterOptions,
  { headers, status }: Reply,
): Promise<number | null> {
  const parkMs = readParkMs(readLimits, headers, status);
  // Without its park the account is refused once more; what became of the request must not be forgotten over that.
  if (parkMs !== null) await limiter.park(parkMs).catch(() => {});
  return parkMs;
}
