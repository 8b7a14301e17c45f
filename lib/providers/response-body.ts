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
export async function readJsonBody(body: AsyncIterable<Uint8Array> | null, bytesMax: number): Promise<unknown> {
  return parseJson(await readText(body, bytesMax));
}

async function readText(body: AsyncIterable<Uint8Array> | null, bytesMax: number): Promise<string> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let bytesRead = 0;
  // Leaving the loop cancels the stream and with it the connection: an endless body costs no more than the limit.
  for await (const chunk of body) {
    bytesRead += chunk.byteLength;
    if (bytesRead > bytesMax) throw new BodyTooLargeError(`the body is larger than ${bytesMax} bytes`);
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  parts.push(decoder.decode());
  return parts.join("");
}

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
