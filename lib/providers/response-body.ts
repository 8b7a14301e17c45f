import type { Readable } from "node:stream";

/** The body went on past the limit; what was read of it is thrown away. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
}

/** The body is not JSON. It carries no cause, because the parser's own message quotes the body. */
export class NotJsonError extends Error {
  override readonly name = "NotJsonError";
}

/**
 * Reads a body of at most `bytesMax` (after decompression) and parses it as JSON, without NUL characters.
 *
 * Throws `BodyTooLargeError` as soon as the limit is passed, `NotJsonError` for anything that is not JSON, an empty body
 * included, and whatever the connection throws when it breaks off.
 */
export async function readJsonBody(body: Readable, bytesMax: number): Promise<unknown> {
  return parseJson(await readText(body, bytesMax));
}

/** By its events: iterating over a stream takes as long as parsing what is in it. */
function readText(body: Readable, bytesMax: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const broken = () => reject(body.errored ?? new Error("the connection was closed within the body"));
    if (body.destroyed) return broken();
    const chunks: Buffer[] = [];
    let bytesRead = 0;
    body.on("data", (chunk: Buffer) => {
      bytesRead += chunk.byteLength;
      chunks.push(chunk);
      if (bytesRead <= bytesMax) return;
      reject(new BodyTooLargeError(`the body is larger than ${bytesMax} bytes`));
      // And with it the connection: an endless body costs no more than the limit.
      body.destroy();
    });
    body.once("end", () => resolve(utf8.decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))));
    body.once("error", reject);
    body.once("close", broken);
  });
}

/** Takes a byte order mark away, which is no JSON. */
const utf8 = new TextDecoder();

/** PostgreSQL cannot store a NUL in text, so none gets past this point, whether it came raw or escaped. */
function parseJson(text: string): unknown {
  const clean = text.replaceAll("\0", "");
  try {
    return clean.includes("\\u0000") ? JSON.parse(clean, withoutNuls) : JSON.parse(clean);
  } catch {
    throw new NotJsonError("the body is not JSON");
  }
}

function withoutNuls(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.replaceAll("\0", "") : value;
}
