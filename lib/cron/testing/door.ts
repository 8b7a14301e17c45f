import type { Outcome } from "@/lib/core/outcome";
import type { Deadline } from "@/lib/core/time";
import { parseEnv } from "@/lib/env";
import { createRuntime, type Runtime } from "@/lib/runtime";
import { createTestDatabase } from "@/scripts/testing/database";
import { type CronDefinition, defineCron } from "../define-cron";
import { cronParams, integerParam } from "../params";

export const SECRET = "a-secret-for-tests-only";

/** The smallest job that has a door: what a run of it does is up to the test. */
export interface Door {
  readonly runtime: Runtime;
  readonly databaseUrl: string;
  /** The parameters of every run that was let through, in their order. */
  readonly runs: object[];
  GET(request: Request): Promise<Response>;
  POST(request: Request): Promise<Response>;
  HEAD(request: Request): Promise<Response>;
  close(): Promise<void>;
}

export type TinyRun = (runtime: Runtime, deadline: Deadline) => Promise<Outcome>;

/** What a run says that did all there was to do. */
export const ALL_DONE = { kind: "ran", result: { exhausted: true, stopReason: "done" } } as const satisfies Outcome;

export interface DoorOptions {
  run?: TinyRun;
  environment?: Record<string, string>;
  definition?: Partial<Pick<CronDefinition<{ dryRun: boolean }>, "budgetMs" | "maxDuration">>;
  database?: { url: string; drop(): Promise<void> };
}

/** A door on a database of its own, or on the given one. */
export async function openDoor(options: DoorOptions = {}): Promise<Door> {
  const database = options.database ?? (await createTestDatabase());
  const environment = { DATABASE_URL: database.url, CRON_SECRET: SECRET, LOG_LEVEL: "silent", ...options.environment };
  const runtime = createRuntime(parseEnv(environment));
  const runs: object[] = [];
  const routes = defineCron(
    {
      job: "tiny",
      maxDuration: 60,
      budgetMs: () => 10_000,
      ...options.definition,
      params: cronParams({ size: integerParam(1, 9) }),
      run: async (runtime, params, deadline) => {
        runs.push(params);
        return (options.run ?? (async () => ALL_DONE))(runtime, deadline);
      },
    },
    () => runtime,
  );
  const close = async () => {
    await runtime.db.$disconnect();
    await database.drop();
  };
  return { runtime, databaseUrl: database.url, runs, ...routes, close };
}

/** A request of somebody who knows the secret, unless it is told otherwise. */
export function requestWith(query = "", init: RequestInit = {}): Request {
  const authorization = `Bearer ${SECRET}`;
  return new Request(`http://localhost/api/cron/tiny${query}`, { headers: { authorization }, ...init });
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/** All that an answer says, read once. */
export async function read(answering: Promise<Response>): Promise<Answer> {
  const response = await answering;
  const body: unknown = await response.json();
  return { status: response.status, headers: Object.fromEntries(response.headers), body };
}

const JSON_HEADERS = { "cache-control": "no-store", "content-type": "application/json" };

/** An answer that says exactly this. */
export function answer(status: number, body: object, headers: Record<string, string> = {}): Answer {
  return { status, headers: { ...JSON_HEADERS, ...headers }, body };
}
