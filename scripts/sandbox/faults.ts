import type { Random } from "./random";
import type { SandboxProvider, SandboxRequest } from "./request";

/** What to do to a request instead of, or to, the normal answer. */
export type Fault =
  /** Any answer at all. */
  | { kind: "status"; status: number; headers?: Record<string, string>; body?: unknown }
  /** 429, with the provider's own headers announcing `waitMs` (default: the real wait), or without any. */
  | { kind: "rate_limited"; headers: "real" | "none"; waitMs?: number }
  /** 401: the credential is refused. */
  | { kind: "unauthorized" }
  /** 401 that means nothing about the credential: HighLevel sends it now and then. */
  | { kind: "command_timed_out" }
  | { kind: "forbidden" }
  | { kind: "not_found" }
  | { kind: "unprocessable"; messages?: string[] }
  | { kind: "server_error"; status: 500 | 502 | 503; body?: "json" | "html" }
  /** The connection is reset without an answer. */
  | { kind: "reset" }
  /** The request is accepted and never answered. */
  | { kind: "no_answer" }
  /** Headers, and then a byte every `everyMs` for ever. */
  | { kind: "slow_loris"; everyMs: number }
  /** Rows as fast as they are read, for ever. */
  | { kind: "endless_body" }
  /** The normal answer, late. */
  | { kind: "delay"; ms: number }
  /** 200 with a page for people. */
  | { kind: "html" }
  /** The normal answer, cut in the middle. */
  | { kind: "truncated" }
  /** 200 with this JSON value, whatever was due. */
  | { kind: "wrong_type"; value: unknown }
  /** The normal answer with `\u0000` inside every string value. */
  | { kind: "nul_bytes" }
  /** The normal listing with every other row, from the first, replaced by something that is no row. */
  | { kind: "odd_rows" }
  /** The normal listing with its first row again at the end of each page, later pages included. */
  | { kind: "repeated_ids" }
  /** The first page of a Calendly or Kapso listing for ever: there is always a next page, and its token never changes. */
  | { kind: "looping_page_token" }
  /** The request takes effect, and its answer is lost on the way. */
  | { kind: "lost_answer"; as: "reset" | "no_answer" | 500 | 502 | 503 | 504 }
  /** The normal body, changed by hand. */
  | { kind: "garbled"; transform: (body: unknown) => unknown };

export type FaultKind = Fault["kind"];

/** Everything named has to agree. */
export interface RequestPattern {
  provider?: SandboxProvider;
  account?: string;
  method?: string;
  path?: RegExp;
}

export interface FaultOrder {
  match: RequestPattern | ((request: SandboxRequest) => boolean);
  fault: Fault;
  /** The share of matching requests that are hit, from 0 to 1; all of them by default. */
  probability?: number;
  /** After so many hits the rule is spent; never, by default. */
  times?: number;
}

export interface FaultRule {
  readonly fault: Fault;
  /** How many requests it has hit. */
  readonly hits: number;
  /** The first row of a listing by what was listed: `repeated_ids` repeats it on later pages. */
  readonly firstRows: Map<string, unknown>;
  remove(): void;
}

export interface Faults {
  /** Of several rules that match, the one added first hits. */
  add(order: FaultOrder): FaultRule;
  clear(): void;
  /** The rule that hits this request, counted as a hit. */
  pick(request: SandboxRequest): FaultRule | null;
}

/** Rules are tried in the order in which they were added; dice are thrown with `random`, so a seed repeats a run. */
export function createFaults(random: Random): Faults {
  const rules = new Set<{ rule: CountedRule; order: FaultOrder }>();
  return {
    add(order) {
      const rule = new CountedRule(order.fault, () => rules.delete(entry));
      const entry = { rule, order };
      rules.add(entry);
      return rule;
    },
    clear() {
      rules.clear();
    },
    pick(request) {
      for (const { rule, order } of rules) {
        if (rule.hits >= (order.times ?? Number.POSITIVE_INFINITY)) continue;
        if (!matches(order.match, request)) continue;
        if (order.probability !== undefined && random() >= order.probability) continue;
        rule.hits += 1;
        return rule;
      }
      return null;
    },
  };
}

class CountedRule implements FaultRule {
  hits = 0;
  readonly firstRows = new Map<string, unknown>();
  constructor(
    readonly fault: Fault,
    readonly remove: () => void,
  ) {}
}

function matches(match: FaultOrder["match"], request: SandboxRequest): boolean {
  if (typeof match === "function") return match(request);
  return (
    (match.provider === undefined || match.provider === request.provider) &&
    (match.account === undefined || match.account === request.account) &&
    (match.method === undefined || match.method === request.method) &&
    (match.path === undefined || match.path.test(request.path))
  );
}
