import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";

/** What must not come out, wherever it went in. */
const SECRETS = ["jane@example.com", "+4915112345678", "hunter22", "pit-0b1c2d3e4f5a", "s3cr3t-s3cr3t", "plain-key"];

const [EMAIL, PHONE, PASSWORD, TOKEN, BEARER, KEY] = SECRETS;

/** Each a call that somebody could make by mistake. */
const MISTAKES: unknown[][] = [
  [{ email: EMAIL, phone: PHONE, note: "by name" }],
  [{ lead: { contact: { Email: EMAIL, phoneNumbers: [PHONE], workPhone: PHONE } } }],
  [{ calendlyAccessToken: KEY, kapsoApiKey: KEY, ghlPrivateKey: KEY, CRON_SECRET: KEY, password: PASSWORD }],
  [{ headers: { authorization: `Bearer ${BEARER}`, "x-api-key": KEY, cookie: `session=${KEY}` } }],
  [{ detail: `asked for ${EMAIL} with ${TOKEN}` }],
  [{ list: [{ deep: [`call ${PHONE}`] }] }],
  [{}, `no contact for ${EMAIL}, sent Bearer ${BEARER}`],
  [{}, "no contact for %s", EMAIL],
  [{ err: { message: `postgresql://app:${PASSWORD}@localhost/db` } }],
];

describe("the log", () => {
  let lines: string[];
  let written: string;
  beforeAll(async () => {
    written = await runLogger(MISTAKES);
    lines = written.trimEnd().split("\n");
  });

  it("says nothing of a person or a secret, under whatever name, in whatever depth or sentence", () => {
    for (const secret of SECRETS) expect(written).not.toContain(secret);
  });

  it("is one JSON line per event, with its time and level", () => {
    expect(lines).toHaveLength(MISTAKES.length + 3);
    for (const line of lines) {
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number), time: expect.stringMatching(/^\d{4}-.*Z$/) });
    }
  });

  it("cleans an error's message and stack, and those of its cause", () => {
    const logged = JSON.parse(lines.at(-3) ?? "");
    expect(logged).toMatchObject({ err: { type: "Error", message: expect.stringContaining("[redacted]") } });
    expect(logged.err.stack).toContain("log.test.stdin");
  });

  it("keeps ids, figures and flags as they are", () => {
    expect(JSON.parse(lines.at(-2) ?? "")).toMatchObject({
      runId: "0b1c2d3e-1234-4321-8123-123456789012",
      durationMs: 1234567890123,
      email: null,
      hasPhone: true,
      msg: "run ended",
    });
  });

  it("leaves out what is below its level", () => {
    expect(written).not.toContain("a detail");
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ msg: "the last" });
  });
});

/** A real logger in a process of its own, as it writes to that process's stderr. */
async function runLogger(mistakes: unknown[][]): Promise<string> {
  const script = `
    import { createLogger } from "./lib/core/log.ts";
    const log = createLogger({ level: "info", to: "stderr" });
    for (const [fields, ...message] of ${JSON.stringify(mistakes)}) log.warn(fields, ...message);
    const error = new Error("no contact for ${EMAIL}", { cause: new Error("Bearer ${BEARER}") });
    error.stack += " at log.test.stdin";
    log.error(error);
    const runId = "0b1c2d3e-1234-4321-8123-123456789012";
    log.info({ runId, durationMs: 1234567890123, email: null, hasPhone: true }, "run ended");
    log.debug("a detail");
    log.info("the last");`;
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const args = ["--import", "tsx", "--input-type=module", "-"];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["pipe", "ignore", "pipe"] });
  child.stdin.end(script);
  return text(child.stderr);
}
