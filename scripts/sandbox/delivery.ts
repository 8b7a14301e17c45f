import type { ServerResponse } from "node:http";
import type { Answer } from "./answer";

/** What goes over the socket, once everything is decided. */
export type Delivery =
  | { kind: "send"; status: number; headers: Record<string, string>; text: string; afterMs: number }
  | { kind: "reset" }
  | { kind: "silence" }
  | { kind: "drip"; everyMs: number }
  | { kind: "flood" };

export function deliverJson({ status, headers, body }: Answer): Delivery & { kind: "send" } {
  return deliverText(status, "application/json; charset=utf-8", JSON.stringify(body), headers);
}

export function deliverText(
  status: number,
  contentType: string,
  text: string,
  headers: Record<string, string> = {},
): Delivery & { kind: "send" } {
  return { kind: "send", status, headers: { ...headers, "Content-Type": contentType }, text, afterMs: 0 };
}

/** The status that the other side sees, if it sees one. */
export function statusOf(delivery: Delivery): number | null {
  switch (delivery.kind) {
    case "send":
      return delivery.status;
    case "drip":
    case "flood":
      return 200;
    case "reset":
    case "silence":
      return null;
  }
}

/** Carries a delivery out. Whatever goes on for ever stops when the connection closes. */
export function carryOut(delivery: Delivery, outgoing: ServerResponse): void {
  switch (delivery.kind) {
    case "send":
      send(delivery, outgoing);
      return;
    case "reset":
      outgoing.socket?.resetAndDestroy();
      return;
    case "silence":
      return;
    case "drip":
      drip(delivery.everyMs, outgoing);
      return;
    case "flood":
      flood(outgoing);
      return;
  }
}

function send({ status, headers, text, afterMs }: Delivery & { kind: "send" }, outgoing: ServerResponse): void {
  const answerNow = () => {
    outgoing.writeHead(status, { ...headers, "Content-Length": Buffer.byteLength(text) });
    outgoing.end(text);
  };
  if (afterMs === 0) {
    answerNow();
    return;
  }
  const timer = setTimeout(answerNow, afterMs);
  outgoing.on("close", () => clearTimeout(timer));
}

function drip(everyMs: number, outgoing: ServerResponse): void {
  outgoing.writeHead(200, { "Content-Type": "application/json; charset=utf-8" });
  outgoing.write("{");
  const timer = setInterval(() => outgoing.write(" "), everyMs);
  outgoing.on("close", () => clearInterval(timer));
}

/** 64 KiB a piece, so that a few pieces fill any reader's buffer and the loop waits for it. */
const FLOOD_PIECE = '{"id":"again"},'.repeat(4369);

function flood(outgoing: ServerResponse): void {
  outgoing.writeHead(200, { "Content-Type": "application/json; charset=utf-8" });
  outgoing.write('{"events":[');
  const pour = () => {
    while (!outgoing.destroyed && outgoing.write(FLOOD_PIECE));
  };
  outgoing.on("drain", pour);
  pour();
}
