import { type Answer, isRecord, type Voice } from "./answer";
import { type Delivery, deliverJson, deliverText } from "./delivery";
import type { Fault, FaultRule } from "./faults";
import { pickOne, type Random } from "./random";
import type { SandboxRequest } from "./request";

export interface Scene {
  request: SandboxRequest;
  voice: Voice;
  random: Random;
  /** The rate-limit headers of an ordinary answer to this request. */
  limitHeaders: Record<string, string>;
  /** What the fake would say to a request if nothing were wrong. */
  answer(request: SandboxRequest): Answer;
}

/** How a rule's fault looks on the wire. */
export function playFault(rule: FaultRule, scene: Scene): Delivery {
  const { fault } = rule;
  const { request, voice } = scene;
  const normal = () => scene.answer(request);
  const say = (answer: Answer) => deliverJson({ ...answer, headers: { ...scene.limitHeaders, ...answer.headers } });
  const changed = (change: (body: unknown) => unknown) => {
    const answer = normal();
    return deliverJson({ ...answer, body: change(answer.body) });
  };
  const saying200 = (delivery: Delivery) => {
    const refusal = findRefusal(scene);
    return refusal ? deliverJson(refusal) : delivery;
  };
  switch (fault.kind) {
    case "status":
      return deliverJson({ status: fault.status, headers: fault.headers ?? {}, body: fault.body ?? {} });
    case "rate_limited":
      return deliverJson(rateLimited(fault, voice));
    case "unauthorized":
      return say(voice.unauthorized());
    case "command_timed_out":
      return say({ status: 401, headers: {}, body: { message: "Command timed out" } });
    case "forbidden":
      return say(voice.forbidden());
    case "not_found":
      return say(voice.notFound());
    case "unprocessable":
      return say(voice.unprocessable(fault.messages ?? ["property limit should not exist"]));
    case "server_error":
      return fault.body === "html"
        ? deliverText(fault.status, "text/html", HTML_PAGE)
        : deliverJson(voice.serverError(fault.status));
    case "reset":
      return { kind: "reset" };
    case "no_answer":
      return { kind: "silence" };
    case "slow_loris":
      return saying200({ kind: "drip", everyMs: fault.everyMs });
    case "endless_body":
      return saying200({ kind: "flood" });
    case "delay":
      return { ...deliverJson(normal()), afterMs: fault.ms };
    case "html":
      return saying200(deliverText(200, "text/html", HTML_PAGE));
    case "truncated":
      return cutInTheMiddle(normal());
    case "wrong_type":
      return saying200(deliverJson({ status: 200, headers: scene.limitHeaders, body: fault.value }));
    case "nul_bytes":
      return changed(plantNulBytes);
    case "odd_rows":
      return changed((body) => changeRows(body, (rows) => makeRowsOdd(rows, scene.random)));
    case "repeated_ids":
      return changed((body) => changeRows(body, (rows) => repeatFirstRow(rows, rule, request)));
    case "looping_page_token":
      return deliverJson(loopPages(scene.answer(withoutPageToken(request))));
    case "lost_answer":
      normal();
      return lose(fault.as, voice);
    case "garbled":
      return changed(fault.transform);
  }
}

/**
 * An answer that begins with 200 says that what was asked for has been done, whatever comes after: so it is done. What
 * the fake refuses to do is answered with the refusal; null otherwise.
 */
function findRefusal({ request, answer }: Scene): Answer | null {
  if (request.method === "GET") return null;
  const truth = answer(request);
  return truth.status < 300 ? null : truth;
}

const HTML_PAGE = "<!doctype html><html><head><title>One moment</title></head><body><h1>One moment</h1></body></html>";

function rateLimited(fault: Fault & { kind: "rate_limited" }, voice: Voice): Answer {
  const answer = voice.rateLimited();
  if (fault.headers === "none") return answer;
  return { ...answer, headers: voice.headersOfWait(fault.waitMs ?? voice.usualWaitMs) };
}

function lose(as: (Fault & { kind: "lost_answer" })["as"], voice: Voice): Delivery {
  if (as === "reset") return { kind: "reset" };
  return as === "no_answer" ? { kind: "silence" } : deliverJson(voice.serverError(as));
}

function cutInTheMiddle(answer: Answer): Delivery {
  const text = JSON.stringify(answer.body);
  return deliverText(answer.status, "application/json", text.slice(0, Math.ceil(text.length / 2)), answer.headers);
}

function plantNulBytes(value: unknown): unknown {
  if (typeof value === "string") {
    const middle = Math.floor(value.length / 2);
    return `${value.slice(0, middle)}\u0000${value.slice(middle)}`;
  }
  if (Array.isArray(value)) return value.map(plantNulBytes);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plantNulBytes(inner)]));
}

const LISTING_KEYS = ["events", "appointments", "collection", "calendars", "contacts", "data"];

/** Changes the rows of a listing, under whatever name it has them. A body without rows stays as it is. */
function changeRows(body: unknown, change: (rows: unknown[]) => unknown[]): unknown {
  if (Array.isArray(body)) return change(body);
  if (!isRecord(body)) return body;
  for (const key of LISTING_KEYS) {
    const rows = body[key];
    if (Array.isArray(rows)) return { ...body, [key]: change(rows) };
  }
  return body;
}

function makeRowsOdd(rows: unknown[], random: Random): unknown[] {
  return rows.map((row, index) =>
    index % 2 === 0
      ? pickOne<unknown>(random, [null, 42, "row", true, [], {}, { id: null }, { id: 7 }, { uri: "" }])
      : row,
  );
}

function repeatFirstRow(rows: unknown[], rule: FaultRule, request: SandboxRequest): unknown[] {
  const listing = `${request.account} ${request.path}?${withoutPageToken(request).query}`;
  if (!rule.firstRows.has(listing) && rows.length > 0) rule.firstRows.set(listing, rows[0]);
  return rule.firstRows.has(listing) ? [...rows, rule.firstRows.get(listing)] : rows;
}

function withoutPageToken(request: SandboxRequest): SandboxRequest {
  const query = new URLSearchParams(request.query);
  query.delete("page_token");
  query.delete("after");
  return { ...request, query };
}

function loopPages(answer: Answer): Answer {
  if (!isRecord(answer.body)) return answer;
  const { data, pagination } = answer.body;
  if (Array.isArray(data)) {
    return { ...answer, body: { ...answer.body, paging: { cursors: { before: null, after: "the-same-again" } } } };
  }
  if (!isRecord(pagination)) return answer;
  return { ...answer, body: { ...answer.body, pagination: { ...pagination, next_page_token: "the-same-again" } } };
}
