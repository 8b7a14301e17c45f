import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export interface Loopback {
  url: string;
  /** Method, path and query of every request, in the order in which they came. */
  requests: string[];
  close(): Promise<void>;
}

export type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

/** A provider of a test's own on 127.0.0.1. Closing it also drops the connections that it never answered. */
export async function startLoopback(handle: Handler): Promise<Loopback> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://loopback");
    requests.push(`${request.method} ${url.pathname}${url.search}`);
    handle(request, response, url);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** A string is sent as it is, anything else as JSON. */
  body?: unknown;
}

/** Answers with JSON, or with a text that is none. */
export function reply(response: ServerResponse, { status = 200, headers = {}, body = {} }: Reply): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(text);
}
