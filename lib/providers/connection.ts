import { type IncomingMessage, request as requestOver } from "node:http";
import { isIP, connect as openTcp, type Socket } from "node:net";
import { connect as openTls } from "node:tls";

/** A connection of its own for one request: never used before, closed after. Nothing was sent over it yet. */
export interface Connection {
  readonly socket: Socket;
  readonly url: URL;
  close(): void;
}

/** An answer whose head has come. */
export interface Reply {
  status: number;
  headers: Headers;
  /** To be read once. Throws when the connection breaks off. */
  body: AsyncIterable<Uint8Array>;
}

/**
 * Connects to where `url` is and, for https, shakes hands: when it resolves not a byte of a request has been written.
 * Rejects when that fails, or with the signal's reason as soon as it aborts.
 */
export function openConnection(url: URL, signal: AbortSignal): Promise<Connection> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const { socket, readyEvent } = dial(url);
    const abort = () => fail(signal.reason);
    const fail = (error: unknown) => {
      signal.removeEventListener("abort", abort);
      socket.destroy();
      reject(error);
    };
    // Stays for as long as the socket lives: an error that nobody listens to would end the process.
    socket.on("error", fail);
    socket.once("close", () => fail(new Error("closed before it was ready")));
    socket.once(readyEvent, () => {
      signal.removeEventListener("abort", abort);
      resolve({ socket, url, close: () => socket.destroy() });
    });
    signal.addEventListener("abort", abort, { once: true });
  });
}

/** Whether the other side still holds the connection, as far as it is known here. */
export function isUsable({ socket }: Connection): boolean {
  return socket.readyState === "open" && !socket.readableEnded;
}

/**
 * Writes one POST over a connection and resolves with the head of its answer. Whatever goes wrong from here on, the
 * request may have arrived. Aborting `signal` closes the connection, while the body is read as well.
 */
export async function postOver(
  connection: Connection,
  content: { headers: Record<string, string>; body: unknown },
  signal: AbortSignal,
): Promise<Reply> {
  const incoming = await write(connection, content, signal);
  return { status: incoming.statusCode ?? 0, headers: headersIn(incoming.headersDistinct), body: incoming };
}

function write(
  { socket, url }: Connection,
  { headers, body }: { headers: Record<string, string>; body: unknown },
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const payload = Buffer.from(JSON.stringify(body));
  const size = { "content-type": "application/json", "content-length": String(payload.byteLength) };
  return new Promise((resolve, reject) => {
    const outgoing = requestOver({
      createConnection: () => socket,
      method: "POST",
      path: url.pathname + url.search,
      // Not compressed, so that an answer can be read without another library between.
      headers: { ...headers, ...size, host: url.host, "accept-encoding": "identity" },
    });
    const abort = () => {
      outgoing.destroy();
      socket.destroy();
      // A connection that was gone already would say nothing more.
      reject(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    outgoing.once("response", resolve);
    outgoing.on("error", reject);
    // An answer that is none, such as an offer to speak another protocol, closes without an error.
    outgoing.once("close", () => {
      signal.removeEventListener("abort", abort);
      reject(new Error("closed without an answer"));
    });
    outgoing.end(payload);
    if (signal.aborted) abort();
  });
}

function dial(url: URL): { socket: Socket; readyEvent: "connect" | "secureConnect" } {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (url.protocol !== "https:") return { socket: openTcp(Number(url.port || 80), host), readyEvent: "connect" };
  const port = Number(url.port || 443);
  // An address is no name that a server could be asked for by.
  const named = isIP(host) === 0 ? { servername: host } : {};
  return { socket: openTls({ host, port, ALPNProtocols: ["http/1.1"], ...named }), readyEvent: "secureConnect" };
}

function headersIn(lists: NodeJS.Dict<string[]>): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(lists)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  return headers;
}
