import pino from "pino";

export type Logger = pino.Logger;

/** Names under which a person or a secret could slip into a log line; their values are replaced. */
const SENSITIVE = ["email", "phone", "token", "authorization", "password", "secret", "apiKey", "ghlPrivateKey"];

/**
 * One JSON line per event, ids and figures only. To stderr where stdout carries a program's answer.
 * What looks like personal data or a secret is replaced even if somebody logs it by mistake.
 */
export function createLogger(options: { level: string; to?: "stdout" | "stderr" }): Logger {
  const redact = { paths: SENSITIVE.flatMap((name) => [name, `*.${name}`]), censor: "[redacted]" };
  const destination = pino.destination({ dest: options.to === "stderr" ? 2 : 1, sync: true });
  return pino({ level: options.level, redact, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}
