import { createServer, type Socket } from "node:net";

/** A server below HTTP, for what only a socket can do to a request. */
export interface RawLoopback {
  url: string;
  /** What came over each connection so far, in the order in which they were opened. */
  readonly received: string[];
  close(): Promise<void>;
}

export interface RawHandlers {
  connected?(socket: Socket): void;
  /** Called with each piece of a request that arrives. */
  got?(socket: Socket): void;
}

/** Listens on a free port of 127.0.0.1. Without handlers it takes whatever comes and says nothing. */
export async function startRawLoopback({ connected, got }: RawHandlers = {}): Promise<RawLoopback> {
  const sockets = new Set<Socket>();
  const received: string[] = [];
  // Half-open, so that a test decides when its side of a connection ends.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    const index = received.push("") - 1;
    socket.on("error", () => {});
    socket.on("data", (piece) => {
      received[index] += piece.toString("latin1");
      got?.(socket);
    });
    connected?.(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
