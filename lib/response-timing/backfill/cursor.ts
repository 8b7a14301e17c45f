import { z } from "zod";
import type { ThreadPlace } from "../store/backfill-threads";

const cursor = z.tuple([z.string(), z.string().nullable()]);

/** A place as the books keep it. */
export function writeCursor({ leadId, channel }: ThreadPlace): string {
  return JSON.stringify([leadId, channel]);
}

/** The place that the books say; null before the first thread. @throws Error where they say something else. */
export function readCursor(text: string | null): ThreadPlace | null {
  if (text === null) return null;
  const [leadId, channel] = parse(text);
  return { leadId, channel };
}

function parse(text: string): z.infer<typeof cursor> {
  try {
    return cursor.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`The run's cursor cannot be read: ${text}. Start another run without --resume.`, { cause: error });
  }
}
