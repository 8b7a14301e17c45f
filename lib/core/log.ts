import pino from "pino";
import { scrub, scrubDeep } from "./scrub";

export type Logger = pino.Logger;

/**
 * One JSON line per event, ids and figures only. To stderr where stdout carries a program's answer.
 * What looks like personal data or a secret is replaced even if somebody logs it by mistake, in whatever field, error
 * or message.
 */
export function createLogger(options: { level: string; to?: "stdout" | "stderr" }): Logger {
  const destination = pino.destination({ dest: options.to === "stderr" ? 2 : 1, sync: true });
  const hooks = { streamWrite: scrubLine };
  return pino({ level: options.level, hooks, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

/** The finished line is the one place that nothing goes round. One that is no JSON is still cleaned as text. */
function scrubLine(line: string): string {
  try {
    return `${JSON.stringify(scrubDeep(JSON.parse(line)))}\n`;
  } catch {
    return scrub(line);
  }
}
