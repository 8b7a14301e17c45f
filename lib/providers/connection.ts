import { request as requestOver } from "node:http";
import { isIP, connect as openTcp, type Socket } from "node:net";
import { connect as openTls } from "node:tls";
import { exchange, type Reply } from "./exchange";

/** A connection of its own for one request: never used before, closed after. Nothing was sent over it yet. */
export interface Connection {
  readonly socket: Socket;
  readonly url: URL;
  close(): void;
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
export function postOver(
  { socket, url }: Connection,
  { headers, body }: { headers: Record<string, string>; body: unknown },
  signal: AbortSignal,
): Promise<Reply> {
  const payload = Buffer.from(JSON.stringify(body));
  const size = { "content-type": "application/json", "content-length": String(payload.byteLength) };
  const outgoing = requestOver({
    createConnection: () => socket,
    method: "POST",
    path: url.pathname + url.search,
    headers: { ...headers, ...size, host: url.host, "accept-encoding": "identity" },
  });
  return exchange(outgoing, signal, payload);
}

function dial(url: URL): { socket: Socket; readyEvent: "connect" | "secureConnect" } {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (url.protocol !== "https:") return { socket: openTcp(Number(url.port || 80), host), readyEvent: "connect" };
  const port = Number(url.port || 443);
  // An address is no name that a server could be asked for by.
  const named = isIP(host) === 0 ? { servername: host } : {};
  return { socket: openTls({ host, port, ALPNProtocols: ["http/1.1"], ...named }), readyEvent: "secureConnect" };
}
