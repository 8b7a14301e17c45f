import { describe, expect, it } from "vitest";
import { isGhosted } from "./ghosted";
import type { ConversationMessage } from "./replied";

const NOW = new Date("2026-11-20T10:00:00.000Z");

function daysAgo(days: number, fields: Partial<ConversationMessage>): ConversationMessage {
  const sentAt = new Date(NOW.getTime() - days * 86_400_000);
  return { direction: "inbound", kind: "reply", deliveryStatus: null, deletedAt: null, sentAt, ...fields };
}

function theirs(days: number, fields: Partial<ConversationMessage> = {}) {
  return daysAgo(days, fields);
}

function ours(days: number, fields: Partial<ConversationMessage> = {}) {
  return daysAgo(days, { direction: "outbound", deliveryStatus: "delivered", ...fields });
}

describe("a lead that replied is ghosted", () => {
  it.each<[string, ConversationMessage[], boolean]>([
    ["when we had the last word, a week ago", [theirs(9), ours(8)], true],
    ["when that is seven days ago to the millisecond", [theirs(9), ours(7)], true],
    ["not a moment earlier", [theirs(9), ours(7 - 1 / 86_400_000)], false],
    ["not when the last word is theirs", [ours(9), theirs(8)], false],
    ["not when both came at once", [ours(8), theirs(8)], false],
    ["not when we wrote again this week", [theirs(20), ours(19), ours(2)], false],
    ["not when they wrote again this week", [theirs(20), ours(19), theirs(2)], false],
    ["when the last of ours is a sequence's", [theirs(9), ours(8, { kind: "sequence" })], true],
    ["not when what we answered failed", [theirs(9), ours(8, { deliveryStatus: "failed" })], false],
    ["not when what we answered bounced", [theirs(9), ours(8, { deliveryStatus: "bounced" })], false],
    ["not when only a machine answered for us", [theirs(9), ours(8, { kind: "auto_reply" })], false],
    ["not when we took our answer back", [theirs(9), ours(8, { deletedAt: NOW })], false],
    ["although a machine answered for them", [theirs(9), ours(8), theirs(7.5, { kind: "auto_reply" })], true],
    ["although they reacted this week", [theirs(9), ours(8), theirs(1, { kind: "reaction" })], true],
    ["although they took a message back", [theirs(9), ours(8), theirs(1, { deletedAt: NOW })], true],
    ["not when it never wrote", [ours(8)], false],
    ["not without a message", [], false],
  ])("%s", (_, messages, ghosted) => {
    expect(isGhosted(messages, NOW)).toBe(ghosted);
    expect(isGhosted(messages.toReversed(), NOW)).toBe(ghosted);
  });
});
