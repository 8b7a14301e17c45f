import { parseEnv } from "@/lib/env";
import type { Handler } from "@/lib/providers/testing/loopback";
import { reply, startLoopback } from "@/lib/providers/testing/loopback";
import { createRuntime, type Runtime } from "@/lib/runtime";
import { createTestDatabase } from "@/scripts/testing/database";
import { TEST_CRON_SECRET } from "@/scripts/testing/scene";
import type { HealthDeps } from "../deps";
import { rulesOf, type WatchedJob } from "../jobs";

/** The schedules that a full deployment has, whatever vercel.json of this checkout says. */
const SCHEDULES: Readonly<Record<string, string>> = {
  "appointment-reconcile": "* * * * *",
  followups: "* * * * *",
  "response-timing": "*/5 * * * *",
  "background-sync": "0 * * * *",
};

/** All four jobs, as a full deployment watches them. */
export const FOUR_JOBS: readonly WatchedJob[] = Object.entries(SCHEDULES).map(([job, schedule]) => ({
  ...{ job, schedule, ...rulesOf(job) },
}));

/** A database with nothing in it, and the feature's dependencies on it. */
export interface Stage {
  readonly runtime: Runtime;
  readonly deps: HealthDeps;
  readonly databaseUrl: string;
  /** Takes away what a test has left, which costs less than a database for each. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export async function openStage(options: { jobs?: readonly WatchedJob[]; environment?: Record<string, string> } = {}) {
  const database = await createTestDatabase();
  const defaults = { DATABASE_URL: database.url, CRON_SECRET: TEST_CRON_SECRET, LOG_LEVEL: "silent" };
  const runtime = createRuntime(parseEnv({ ...defaults, ...options.environment }));
  const deps: HealthDeps = { ...runtime.health, jobs: options.jobs ?? FOUR_JOBS };
  const { db } = runtime;
  const clear = async () => {
    await db.$transaction([
      ...[db.client.deleteMany(), db.cronRun.deleteMany(), db.backfillRun.deleteMany()],
      ...[db.alarm.deleteMany(), db.alert.deleteMany()],
    ]);
  };
  const close = async () => {
    await db.$disconnect();
    await database.drop();
  };
  return { runtime, deps, databaseUrl: database.url, clear, close } satisfies Stage;
}

export interface RunFields {
  job: string;
  /** How long ago it began, in seconds; 0 unless given. */
  agoSeconds?: number;
  /** How long it took, in seconds; 1 unless given. */
  tookSeconds?: number;
  status?: string;
  trigger?: string;
  dryRun?: boolean;
  onlyClientId?: string;
  lagSeconds?: number;
  result?: object;
  error?: string;
}

/** A run on record, by the database's own clock: a success that has just ended, unless it is told otherwise. */
export async function addRun({ runtime: { db } }: Pick<Stage, "runtime">, fields: RunFields): Promise<string> {
  const { job, agoSeconds = 0, tookSeconds = 1, status = "completed", trigger = "cron", dryRun = false } = fields;
  const { onlyClientId = null, lagSeconds = null, error = null } = fields;
  const isOver = status !== "running";
  const [row] = await db.$queryRaw<{ id: string }[]>`
    INSERT INTO "CronRun" ("job", "trigger", "status", "dryRun", "startedAt", "finishedAt", "durationMs", "result",
      "error", "onlyClientId", "lagSeconds")
    SELECT ${job}, ${trigger}, ${status}, ${dryRun}, began,
      CASE WHEN ${isOver} THEN began + ${tookSeconds}::float8 * interval '1 second' END,
      CASE WHEN ${isOver} THEN ${tookSeconds * 1000}::int END, ${JSON.stringify(fields.result ?? {})}::jsonb,
      ${error}, ${onlyClientId}, ${lagSeconds}::int
    FROM (SELECT clock_timestamp() - ${agoSeconds}::float8 * interval '1 second' AS began) AS at
    RETURNING "id"`;
  if (!row) throw new Error("the run was not written");
  return row.id;
}

/** A webhook's other end: what it was posted, and how it answers. */
export interface Receiver {
  url: string;
  readonly texts: string[];
  answers: (handle: Parameters<Handler>) => void;
  close(): Promise<void>;
}

/** A receiver of alerts on the loopback; 200 unless it is told otherwise. */
export async function startReceiver(): Promise<Receiver> {
  const texts: string[] = [];
  const loopback = await startLoopback((request, response, url) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      texts.push(textOf(body));
      receiver.answers([request, response, url]);
    });
  });
  const receiver: Receiver = {
    ...{ url: `${loopback.url}/services/T000/B000/hook-secret`, texts, close: loopback.close },
    answers: ([, response]) => reply(response, { body: "ok" }),
  };
  return receiver;
}

/** What a message of Slack's kind says. Fails on anything else. */
function textOf(body: string): string {
  const message: unknown = JSON.parse(body);
  const text: unknown = message instanceof Object ? Reflect.get(message, "text") : undefined;
  if (typeof text !== "string") throw new Error("the message has no text");
  return text;
}
