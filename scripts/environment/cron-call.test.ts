import { expect, it } from "vitest";
import { figuresOf } from "./cron-call";

it("finds every figure of an answer, those inside its parts too, and nothing else", () => {
  const answer = {
    success: true,
    checked: 3,
    results: { sent: 2, byChannel: { sms: 1 } },
    errors: [{ step: "due", count: 7 }],
    lagSeconds: null,
    stopReason: "done",
  };
  expect(figuresOf(answer)).toEqual([
    ["checked", 3],
    ["results.sent", 2],
    ["results.byChannel.sms", 1],
  ]);
});
