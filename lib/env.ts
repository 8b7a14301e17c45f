import { z } from "zod";

/** The environment is wrong: every variable at fault, with what it should be. Values are never repeated. */
export class EnvError extends Error {
  override readonly name = "EnvError";
}

/** The shortest secret that crons accept; with a shorter one they answer 503 and the server still starts. */
export const CRON_SECRET_LENGTH_MIN = 16;

const integer = (min: number, max: number, byDefault: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`)
    .default(byDefault);

const share = (byDefault: number) =>
  z
    .string()
    .regex(/^(0(\.\d+)?|1(\.0+)?|\.\d+)$/, "must be a number from 0 to 1, such as 0.5")
    .transform(Number)
    .refine((value) => value > 0, "must be above 0")
    .default(byDefault);

const webUrl = z
  .string()
  .refine((value) => /^https?:\/\//.test(value) && URL.canParse(value), "must be an http(s) URL")
  .transform((value) => value.replace(/\/+$/, ""));

const databaseUrl = z.string().regex(/^postgres(ql)?:\/\//, "must start with postgresql://");

const requestRate = (byDefault: number) => integer(1, 10_000, byDefault);
const durationMs = (byDefault: number) => integer(100, 800_000, byDefault);

const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

const variables = z.object({
  DATABASE_URL: databaseUrl.optional(),
  DIRECT_URL: databaseUrl.optional(),
  CRON_SECRET: z.string().optional(),
  CONSOLE_PASSWORD: z.string().optional(),
  GHL_API_BASE_URL: webUrl.default("https://services.leadconnectorhq.com"),
  CALENDLY_API_BASE_URL: webUrl.default("https://api.calendly.com"),
  KAPSO_API_BASE_URL: webUrl.default("https://api.kapso.ai/meta/whatsapp/v24.0"),
  RECONCILE_WORKSPACE_LIMIT: integer(1, 500, 10),
  RECONCILE_LEADS_PER_WORKSPACE: integer(1, 1000, 50),
  RECONCILE_STALE_DAYS: integer(0, 365, 7),
  RECONCILE_HOT_MINUTES: integer(0, 1440, 1),
  RECONCILE_WORKSPACE_CONCURRENCY: integer(1, 100, 2),
  RECONCILE_LEAD_CONCURRENCY: integer(1, 100, 4),
  RECONCILE_MAX_MS: durationMs(50_000),
  RECONCILE_CIRCUIT_BREAKER_ERROR_RATE: share(0.5),
  RECONCILE_CIRCUIT_BREAKER_MIN_CHECKS: integer(1, 10_000, 5),
  CIRCUIT_COOLDOWN_SECONDS: integer(1, 86_400, 300),
  GHL_REQUESTS_PER_10S: requestRate(90),
  CALENDLY_REQUESTS_PER_MINUTE: requestRate(50),
  KAPSO_REQUESTS_PER_MINUTE: requestRate(90),
  PROVIDER_TIMEOUT_MS: integer(10, 120_000, 15_000),
  RESPONSE_TIMING_LOOKBACK_DAYS: integer(1, 3650, 90),
  RESPONSE_TIMING_BATCH_SIZE: integer(1, 5000, 200),
  RESPONSE_TIMING_MAX_MS: integer(250, 120_000, 15_000),
  BACKGROUND_SYNC_STALE_MINUTES: integer(1, 10_080, 60),
  BACKGROUND_SYNC_BATCH_SIZE: integer(1, 1000, 50),
  FOLLOWUPS_MAX_MS: durationMs(50_000),
  ALERT_WEBHOOK_URL: webUrl.optional(),
  /** Set by Next: in development the console needs no password. */
  NODE_ENV: z.string().optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(", ")}` }).default("info"),
});

export type Env = z.infer<typeof variables> & {
  /** Where to report each job's start, success and failure, by job name in capitals with underscores. */
  heartbeatUrls: Record<string, string>;
};

/**
 * Reads the environment once. Values are trimmed; an empty one counts as unset.
 *
 * @throws EnvError naming every variable that is wrong and what it should be. A `CRON_SECRET` that is missing or too
 * short is no such error: the server starts, and crons answer 503.
 */
export function parseEnv(source: Record<string, string | undefined>): Env {
  const present = Object.entries(source)
    .map(([name, value]) => [name, value?.trim()] as const)
    .filter(([, value]) => value !== undefined && value !== "");
  const heartbeats = present.filter(([name]) => name.startsWith(HEARTBEAT_PREFIX));
  const parsed = variables.safeParse(Object.fromEntries(present));
  const heartbeatUrls = z.record(z.string(), webUrl).safeParse(Object.fromEntries(heartbeats));
  if (parsed.success && heartbeatUrls.success) {
    return { ...parsed.data, heartbeatUrls: stripPrefix(heartbeatUrls.data) };
  }
  const issues = [...(parsed.error?.issues ?? []), ...(heartbeatUrls.error?.issues ?? [])];
  const lines = issues.map((issue) => `  ${issue.path.join(".")} ${issue.message}`);
  throw new EnvError(`The environment is wrong:\n${lines.join("\n")}\nSee the list of variables in README.md.`);
}

const HEARTBEAT_PREFIX = "HEARTBEAT_URL_";

function stripPrefix(urls: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(urls).map(([name, url]) => [name.slice(HEARTBEAT_PREFIX.length), url]));
}
