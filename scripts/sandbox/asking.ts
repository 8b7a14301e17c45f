import type { CalendlyOrganization } from "./calendly-model";
import type { GhlLocation } from "./ghl-model";
import type { KapsoNumber } from "./kapso-model";
import type { Sandbox } from "./sandbox";

/** An answer as a careful client sees it. */
export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body; undefined where it is no JSON. */
  body: unknown;
}

const VERSION_BY_FAMILY = {
  calendars: "2021-04-15",
  contacts: "2021-07-28",
  conversations: "2021-04-15",
  locations: "2021-07-28",
};

/** Asks the GHL fake as that location, with the header that the endpoint wants. */
export function askGhl(
  sandbox: Sandbox,
  location: Pick<GhlLocation, "token">,
  path: string,
  init: { headers?: Record<string, string>; method?: string; body?: string; signal?: AbortSignal } = {},
): Promise<Reply> {
  const family = path.split(/[/?]/)[1];
  const version = Object.entries(VERSION_BY_FAMILY).find(([name]) => name === family)?.[1] ?? "";
  const headers = { authorization: `Bearer ${location.token}`, version, ...init.headers };
  return ask(`${sandbox.urls.ghl}${path}`, { ...init, headers });
}

/** Asks the Calendly fake with the organization's token, or another. */
export function askCalendly(
  sandbox: Sandbox,
  { token }: Pick<CalendlyOrganization, "token">,
  path: string,
  query: Record<string, string> = {},
): Promise<Reply> {
  const url = `${sandbox.urls.calendly}${path}?${new URLSearchParams(query)}`;
  return ask(url, { headers: { authorization: `Bearer ${token}` } });
}

/** Asks the Kapso fake about a number with its project's key, or otherwise as `headers` say. */
export function askKapso(
  sandbox: Sandbox,
  number: Pick<KapsoNumber, "id" | "project">,
  path: string,
  init: { query?: Record<string, string>; headers?: Record<string, string>; body?: unknown } = {},
): Promise<Reply> {
  const url = `${sandbox.urls.kapso}/${number.id}${path}?${new URLSearchParams(init.query)}`;
  const headers = init.headers ?? { "x-api-key": number.project.apiKey };
  if (init.body === undefined) return ask(url, { headers });
  return ask(url, { method: "POST", headers, body: JSON.stringify(init.body) });
}

async function ask(url: string, init: RequestInit): Promise<Reply> {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
