import type { Fault, FaultOrder } from "../../sandbox/faults";
import type { SandboxRequest } from "../../sandbox/request";

/** A way in which a provider fails. */
export interface ProviderFault {
  name: string;
  fault: Fault;
  /** Whether it counts against the provider: then its circuit opens. */
  opensCircuit: boolean;
}

/** A wait that a 429 announces: long enough to be broken by who does not heed it, short enough to be waited out. */
const WAIT_MS = 1_200;

/** Every failure that the providers' stand-ins know. */
export const PROVIDER_FAULTS: readonly ProviderFault[] = [
  { name: "500", fault: { kind: "server_error", status: 500 }, opensCircuit: true },
  {
    name: "502 with a page for people",
    fault: { kind: "server_error", status: 502, body: "html" },
    opensCircuit: true,
  },
  { name: "503", fault: { kind: "server_error", status: 503 }, opensCircuit: true },
  { name: "connection reset, the answer lost", fault: { kind: "reset" }, opensCircuit: true },
  { name: "black hole", fault: { kind: "no_answer" }, opensCircuit: true },
  { name: "slow loris", fault: { kind: "slow_loris", everyMs: 50 }, opensCircuit: true },
  { name: "answer later than anybody waits", fault: { kind: "delay", ms: 1_000 }, opensCircuit: true },
  { name: "endless body", fault: { kind: "endless_body" }, opensCircuit: true },
  { name: "200 with a page for people", fault: { kind: "html" }, opensCircuit: true },
  { name: "answer cut in the middle", fault: { kind: "truncated" }, opensCircuit: true },
  { name: "answer of another type", fault: { kind: "wrong_type", value: 7 }, opensCircuit: true },
  { name: "401", fault: { kind: "unauthorized" }, opensCircuit: true },
  { name: "401 that means nothing", fault: { kind: "command_timed_out" }, opensCircuit: true },
  { name: "403", fault: { kind: "forbidden" }, opensCircuit: true },
  { name: "404", fault: { kind: "not_found" }, opensCircuit: false },
  { name: "422", fault: { kind: "unprocessable" }, opensCircuit: false },
  { name: "429", fault: { kind: "rate_limited", headers: "real", waitMs: WAIT_MS }, opensCircuit: false },
  { name: "NUL bytes in every text", fault: { kind: "nul_bytes" }, opensCircuit: false },
  { name: "every other row odd", fault: { kind: "odd_rows" }, opensCircuit: false },
  { name: "rows repeated", fault: { kind: "repeated_ids" }, opensCircuit: false },
  { name: "page token that never changes", fault: { kind: "looping_page_token" }, opensCircuit: false },
];

/** In which share of requests, and whether as they come or in a row. */
export type Dose = { kind: "share"; share: number } | { kind: "burst"; requests: number };

export const DOSES: readonly Dose[] = [
  { kind: "share", share: 0.01 },
  { kind: "share", share: 0.1 },
  { kind: "share", share: 0.5 },
  { kind: "share", share: 1 },
  { kind: "burst", requests: 12 },
];

/** A fault in a dose, as the sandbox takes it. */
export function orderOf({ fault }: ProviderFault, dose: Dose): FaultOrder {
  // Of a message, what arrived is what is put on record: then nobody could say what is true.
  const match = fault.kind === "nul_bytes" ? ({ provider }: SandboxRequest) => provider !== "KAPSO" : {};
  switch (dose.kind) {
    case "share":
      return { match, fault, probability: dose.share };
    case "burst":
      return { match, fault, times: dose.requests };
  }
}

export function describeDose(dose: Dose): string {
  return dose.kind === "share" ? `${dose.share * 100} %` : `${dose.requests} in a row`;
}
