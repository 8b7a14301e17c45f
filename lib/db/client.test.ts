import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { createDb } from "./client";
import { isDatabaseUnavailable } from "./unavailable";

it("outlives a server that sends it away in the same breath in which it lets it in", async () => {
  const url = await serveRudely();
  const db = createDb(url);
  onTestFinished(() => db.$disconnect());
  for (let time = 0; time < 3; time++) {
    for (const work of [() => db.$transaction((tx) => tx.client.count()), () => db.client.count()]) {
      const error = await work().catch((reason: unknown) => reason);
      expect(error, String(error)).toSatisfy(isDatabaseUnavailable);
    }
  }
});

/** Something that speaks just enough of PostgreSQL's protocol to let people in, and to end the connection at once. */
async function serveRudely(): Promise<string> {
  const server = createServer((socket: Socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(Buffer.concat([AUTHENTICATED, READY, TERMINATED])));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `postgresql://somebody@127.0.0.1:${address.port}/any`;
}

/** A message of the protocol: its type, the length of the rest, the rest. */
function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + length.length);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const AUTHENTICATED = message("R", Buffer.from([0, 0, 0, 0]));
const READY = message("Z", Buffer.from("I"));
const FIELDS = ["SFATAL", "VFATAL", "C57P01", "Mterminating connection due to administrator command", ""];
const TERMINATED = message("E", Buffer.from(FIELDS.map((field) => `${field}\0`).join("")));
