import { describe, expect, it } from "vitest";
import { EnvError, parseEnv } from "./env";

/** Every whole number: its name, its default, and the least and the most that it may be. */
const NUMBERS: [name: string, byDefault: number, min: number, max: number][] = [
  ["RECONCILE_WORKSPACE_LIMIT", 10, 1, 500],
  ["RECONCILE_LEADS_PER_WORKSPACE", 50, 1, 1000],
  ["RECONCILE_STALE_DAYS", 7, 0, 365],
  ["RECONCILE_HOT_MINUTES", 1, 0, 1440],
  ["RECONCILE_WORKSPACE_CONCURRENCY", 2, 1, 100],
  ["RECONCILE_LEAD_CONCURRENCY", 4, 1, 100],
  ["RECONCILE_MAX_MS", 50_000, 100, 800_000],
  ["RECONCILE_CIRCUIT_BREAKER_MIN_CHECKS", 5, 1, 10_000],
  ["CIRCUIT_COOLDOWN_SECONDS", 300, 1, 86_400],
  ["GHL_REQUESTS_PER_10S", 90, 1, 10_000],
  ["CALENDLY_REQUESTS_PER_MINUTE", 50, 1, 10_000],
  ["KAPSO_REQUESTS_PER_MINUTE", 90, 1, 10_000],
  ["PROVIDER_TIMEOUT_MS", 15_000, 10, 120_000],
  ["RESPONSE_TIMING_LOOKBACK_DAYS", 90, 1, 3650],
  ["RESPONSE_TIMING_BATCH_SIZE", 200, 1, 5000],
  ["RESPONSE_TIMING_MAX_MS", 15_000, 250, 120_000],
  ["BACKGROUND_SYNC_STALE_MINUTES", 60, 1, 10_080],
  ["BACKGROUND_SYNC_BATCH_SIZE", 50, 1, 1000],
  ["FOLLOWUPS_MAX_MS", 50_000, 100, 800_000],
];

const URLS: [name: string, byDefault: string | undefined][] = [
  ["GHL_API_BASE_URL", "https://services.leadconnectorhq.com"],
  ["CALENDLY_API_BASE_URL", "https://api.calendly.com"],
  ["KAPSO_API_BASE_URL", "https://api.kapso.ai/meta/whatsapp/v24.0"],
  ["ALERT_WEBHOOK_URL", undefined],
];

const WITHOUT_DEFAULT = ["DATABASE_URL", "DIRECT_URL", "CRON_SECRET", "CONSOLE_PASSWORD", "ALERT_WEBHOOK_URL"];

describe("an empty environment", () => {
  it("is enough, and every number, URL and rate has its default", () => {
    const expected = Object.fromEntries([...NUMBERS, ...URLS].map(([name, byDefault]) => [name, byDefault]));
    expect(parseEnv({})).toEqual({
      ...expected,
      RECONCILE_CIRCUIT_BREAKER_ERROR_RATE: 0.5,
      LOG_LEVEL: "info",
      heartbeatUrls: {},
    });
  });

  it.each(WITHOUT_DEFAULT)("leaves %s unset", (name) => {
    expect(read(name, undefined)).toBeUndefined();
  });
});

describe("a value", () => {
  it.each(NUMBERS)("of %s is trimmed, and nothing at all counts as unset", (name, byDefault, min) => {
    expect(read(name, ` ${min}\n`)).toBe(min);
    expect(read(name, "")).toBe(byDefault);
    expect(read(name, "  \n")).toBe(byDefault);
  });

  it.each(NUMBERS)("of %s may be as small and as large as its limits, and no more", (name, _, min, max) => {
    expect(read(name, `${min}`)).toBe(min);
    expect(read(name, `${max}`)).toBe(max);
    expectRefused(name, `${min - 1}`);
    expectRefused(name, `${max + 1}`);
  });

  it.each(["abc", "-1", "1e3", "0x10", "1.5", "50_000", "1 000", "NaN", "Infinity", "٣", "9".repeat(30)])(
    "that is no plain number is refused: %s",
    (value) => {
      for (const [name] of NUMBERS) expectRefused(name, value);
    },
  );

  it.each([
    ["RECONCILE_MAX_MS", "1000"],
    ["FOLLOWUPS_MAX_MS", "1000"],
    ["RESPONSE_TIMING_MAX_MS", "1000"],
    ["PROVIDER_TIMEOUT_MS", "100"],
    ["CIRCUIT_COOLDOWN_SECONDS", "1"],
  ])("as small as staging needs is accepted: %s=%s", (name, value) => {
    expect(read(name, value)).toBe(Number(value));
  });

  it.each(["1", "0.5", ".25", "1.0", "0.001"])("may be a share above 0 and up to 1: %s", (value) => {
    expect(read("RECONCILE_CIRCUIT_BREAKER_ERROR_RATE", value)).toBe(Number(value));
  });

  it.each(["0", "0.0", "1.1", "50%", "-0.5", "half", "5e-1"])("may be no other share: %s", (value) => {
    expectRefused("RECONCILE_CIRCUIT_BREAKER_ERROR_RATE", value);
  });

  it.each(URLS)("of %s is a web address without the slash at its end", (name) => {
    expect(read(name, "http://127.0.0.1:8080/base//\n")).toBe("http://127.0.0.1:8080/base");
    for (const value of ["example.com", "ftp://example.com", "http://", "//example.com"]) expectRefused(name, value);
  });

  it.each(["DATABASE_URL", "DIRECT_URL"])("of %s names a PostgreSQL database", (name) => {
    for (const scheme of ["postgres", "postgresql"]) {
      expect(read(name, `${scheme}://u:p@localhost/d`)).toBe(`${scheme}://u:p@localhost/d`);
    }
    expectRefused(name, "mysql://root:hunter22@localhost/d");
  });

  it.each(["trace", "INFO", "verbose"])("of LOG_LEVEL is one of the known words, not %s", (value) => {
    expectRefused("LOG_LEVEL", value);
  });
});

describe("a secret", () => {
  it.each(["CRON_SECRET", "CONSOLE_PASSWORD"])("%s loses the newline that a copied file ends with", (name) => {
    expect(read(name, "sixteen-characters\n")).toBe("sixteen-characters");
    expect(read(name, "\r\n sixteen-characters \r\n")).toBe("sixteen-characters");
  });

  it.each([undefined, "", " \n", "short"])("for crons that is missing or too short stops no start: %j", (secret) => {
    expect(() => parseEnv({ CRON_SECRET: secret })).not.toThrow();
  });
});

describe("heartbeats", () => {
  it("are read for whatever job is named", () => {
    const source = {
      HEARTBEAT_URL_APPOINTMENT_RECONCILE: " https://example.com/ping/1\n",
      HEARTBEAT_URL_FOLLOWUPS: "",
      HEARTBEAT: "not a URL",
    };
    expect(parseEnv(source).heartbeatUrls).toEqual({ APPOINTMENT_RECONCILE: "https://example.com/ping/1" });
  });

  it("that are no web address stop the start", () => {
    expectRefused("HEARTBEAT_URL_FOLLOWUPS", "example.com/ping");
  });
});

describe("a wrong environment", () => {
  it("names every variable at fault at once, and what it should be", () => {
    const source = { RECONCILE_MAX_MS: "soon", GHL_REQUESTS_PER_10S: "0", HEARTBEAT_URL_FOLLOWUPS: "nowhere" };
    const message = refusalOf(source);
    expect(message).toContain("RECONCILE_MAX_MS must be a whole number from 100 to 800000");
    expect(message).toContain("GHL_REQUESTS_PER_10S must be a whole number from 1 to 10000");
    expect(message).toContain("HEARTBEAT_URL_FOLLOWUPS must be an http(s) URL");
  });

  it("never repeats a value, which may be a secret in the wrong place", () => {
    const checked = [...NUMBERS, ...URLS].map(([name]) => name);
    const names = [...checked, "DATABASE_URL", "DIRECT_URL", "LOG_LEVEL", "HEARTBEAT_URL_FOLLOWUPS"];
    const message = refusalOf(Object.fromEntries(names.map((name) => [name, "hunter22"])));
    for (const name of names) expect(message).toContain(`  ${name} must`);
    expect(message).not.toContain("hunter22");
  });

  it("says nothing of variables that are not ours", () => {
    expect(() => parseEnv({ PATH: "/bin", npm_config_x: "", __proto__x: "1", constructor: "1" })).not.toThrow();
  });
});

function read(name: string, value: string | undefined): unknown {
  return Reflect.get(parseEnv({ [name]: value }), name);
}

function expectRefused(name: string, value: string): void {
  expect(refusalOf({ [name]: value })).toContain(`  ${name} must`);
}

function refusalOf(source: Record<string, string>): string {
  try {
    parseEnv(source);
  } catch (error) {
    if (error instanceof EnvError) return error.message;
    throw error;
  }
  throw new Error(`${Object.keys(source)} was accepted`);
}
