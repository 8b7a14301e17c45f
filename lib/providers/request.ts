import { ProviderError } from "@/lib/core/errors";
import { sleep, startDeadline } from "@/lib/core/time";
import { findTraceId, type ProviderAnswer, readParkMs, readRefusalBody } from "./answers";
import { get, type Reply } from "./exchange";
import { findUnsendable, joinHeaders, urlOf } from "./outgoing";
import { type PostRequest, type PostResult, postOnce } from "./post";
import { explainFailure, explainRefusal } from "./refusals";
import type { RequesterOptions } from "./requester-options";
import { readJsonBody } from "./response-body";
import { processRetryBudget } from "./retry-budget";

export interface GetRequest {
  query?: Record<string, string>;
  headers?: Record<string, string>;
  signal: AbortSignal;
  /** What is being done, for error messages: words of ours only, no ids and no addresses. */
  label: string;
}

export interface Requester {
  readonly provider: string;
  /**
   * Asks for `path` (its segments already encoded) and resolves with the JSON of a 2xx answer.
   *
   * Every attempt holds a permit of the limiter. Transient failures are repeated at most twice and within the process's
   * retry budget, a 401 once; a 429 never, it parks the account. Redirects are not followed. Throws `ProviderError`, or
   * the signal's reason when cut off by the caller.
   */
  get(path: string, request: GetRequest): Promise<ProviderAnswer>;
  /**
   * Sends what must not be repeated to `path`: one attempt, on a connection of its own, and a result that says what is
   * certain. Rejects only before anything was sent, for what the limiter or `mayStillSend` throws.
   */
  post(path: string, request: PostRequest): Promise<PostResult>;
}

/** The longest body worth reading: a full page of either provider is under 500 kB. */
const BODY_BYTES_MAX = 5_000_000;
/** Repetitions after transient failures in one call: a third would mostly find the same outage. */
const TRANSIENT_RETRIES_MAX = 2;
/** The first pause is anything up to this, the next up to twice as much: long enough for a restart behind a balancer. */
const BACKOFF_BASE_MS = 400;

/** The one way to send a request to a provider: limited, timed, bounded, and with errors that decide. */
export function createRequester(options: RequesterOptions): Requester {
  return {
    provider: options.provider,
    get: (path, request) => getWithRetries(options, path, request),
    post: (path, request) => postOnce(options, path, request),
  };
}

/** The error for a 2xx answer whose JSON is not what `label` should bring. */
export function unexpectedShape(requester: Requester, label: string, answer: ProviderAnswer): ProviderError {
  const trace = answer.traceId === null ? "" : ` (trace ${answer.traceId})`;
  return new ProviderError(`${requester.provider}: ${label}: the answer has an unexpected shape${trace}`, {
    kind: "malformed",
    status: answer.status,
  });
}

// A loop of our own, not p-retry: its jitter is not the full one, and a 401 is counted apart from other failures.
async function getWithRetries(options: RequesterOptions, path: string, request: GetRequest): Promise<ProviderAnswer> {
  const budget = options.retryBudget ?? processRetryBudget;
  const unsendable = findUnsendable(options, request.label);
  if (unsendable) throw unsendable;
  budget.earn();
  let retries = 0;
  let wasUnauthorized = false;
  for (;;) {
    try {
      return await attempt(options, path, request);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (error.status === 401) {
        if (wasUnauthorized) throw asDeadCredential(error);
        // Not drawn from the budget: it is one per call, and it decides whether the credential is dead.
        wasUnauthorized = true;
      } else {
        if (error.kind !== "transient" || retries === TRANSIENT_RETRIES_MAX || !budget.trySpend()) throw error;
        retries += 1;
      }
    }
    await sleep(Math.random() * BACKOFF_BASE_MS * 2 ** Math.max(0, retries - 1), request.signal);
  }
}

async function attempt(options: RequesterOptions, path: string, request: GetRequest): Promise<ProviderAnswer> {
  request.signal.throwIfAborted();
  const permit = await options.limiter.acquire(request.signal);
  const deadline = startDeadline(options.timeoutMs, request.signal);
  const context = { provider: options.provider, label: request.label, timeoutMs: options.timeoutMs };

  /** Cut off by the caller is no failure of the provider; our own time-out is. */
  const explained = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw request.signal.aborted ? request.signal.reason : explainFailure(context, error, deadline.signal.aborted);
    });

  try {
    const reply = await explained(send(options, path, request, deadline.signal));
    // Parked before the permit is given back and before the body is waited for: nobody slips in between.
    const parkMs = readParkMs(options.readLimits, reply.headers, reply.status);
    if (parkMs !== null) await options.limiter.park(parkMs);
    if (reply.status < 200 || reply.status > 299) {
      const traceId = findTraceId(reply.headers, await readRefusalBody(reply.body));
      request.signal.throwIfAborted();
      throw explainRefusal(context, reply.status, traceId, parkMs);
    }
    const body = await explained(readJsonBody(reply.body, options.maxBodyBytes ?? BODY_BYTES_MAX));
    return { status: reply.status, body, traceId: findTraceId(reply.headers, body) };
  } finally {
    deadline.dispose();
    permit.answered();
  }
}

function send(options: RequesterOptions, path: string, request: GetRequest, signal: AbortSignal): Promise<Reply> {
  const url = urlOf(options.baseUrl, path);
  for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
  return get(url, joinHeaders(options.headers, request.headers), signal);
}

function asDeadCredential(error: ProviderError): ProviderError {
  return new ProviderError(`${error.message}, twice`, { kind: "auth", status: 401, credentialDead: true });
}
