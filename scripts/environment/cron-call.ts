import { z } from "zod";

/** Where the app answers, and what it lets crons in with. */
export interface App {
  url: string;
  secret: string;
}

export interface CronAnswer {
  status: number;
  /** From sending the request to the end of its answer, in milliseconds. */
  durationMs: number;
  body: Record<string, unknown>;
}

/** Calls a cron as Vercel does. Throws when there is no answer, or none in JSON. */
export async function callCron(app: App, path: string, query: Record<string, string> = {}): Promise<CronAnswer> {
  const startedMs = performance.now();
  const response = await fetch(`${app.url}${path}?${new URLSearchParams(query)}`, {
    headers: { Authorization: `Bearer ${app.secret}`, "User-Agent": "vercel-cron/1.0" },
  });
  const body = answerSchema.parse(await response.json());
  return { status: response.status, durationMs: Math.round(performance.now() - startedMs), body };
}

const answerSchema = z.record(z.string(), z.unknown());

/** Every figure of an answer, under its name; one that stands in a part of it under both names: `results.sent`. */
export function figuresOf(body: object): [name: string, figure: number][] {
  return Object.entries(body).flatMap(([name, value]) => {
    if (typeof value === "number") return [[name, value]];
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
    return figuresOf(value).map(([inner, figure]): [string, number] => [`${name}.${inner}`, figure]);
  });
}

/**
 * Whether the app at this URL runs this cron and takes this secret. Nothing is started: the parameter does not exist,
 * and an app refuses it only after it has let the caller in. Next compiles the route meanwhile.
 */
export async function isCronReady(app: App, path: string): Promise<boolean> {
  const { status, body } = await callCron(app, path, { areYouThere: "1" });
  return status === 400 && body["error"] === "invalid_params";
}
