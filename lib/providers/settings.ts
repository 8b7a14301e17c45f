import type { CircuitSettings } from "./circuit/rules";

/** Where the providers are, how fast they may be asked, and how long they may take. */
export interface ProviderSettings {
  ghlBaseUrl: string;
  calendlyBaseUrl: string;
  kapsoBaseUrl: string;
  ghlRequestsPer10s: number;
  calendlyRequestsPerMinute: number;
  kapsoRequestsPerMinute: number;
  /** For one request, from sending it to the last byte of its answer. */
  timeoutMs: number;
  circuit: CircuitSettings;
}
