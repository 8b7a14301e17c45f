import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ConditionFacts, holds, readCondition } from "./condition";

const NOTHING: ConditionFacts = { hasPhone: false, hasEmail: false, hasReplied: false };

function isMet(json: unknown, facts: Partial<ConditionFacts>): boolean {
  const read = readCondition(json);
  if (read.kind === "malformed") throw new Error(read.reason);
  return holds(read.condition, { ...NOTHING, ...facts });
}

describe("a step's condition", () => {
  it.each<[name: string, json: unknown, facts: Partial<ConditionFacts>, met: boolean]>([
    ["none at all", null, {}, true],
    ["always", { type: "always" }, { hasReplied: true }, true],
    ["a phone, where there is one", { type: "phone_provided" }, { hasPhone: true }, true],
    ["a phone, where there is an e-mail", { type: "phone_provided" }, { hasEmail: true }, false],
    ["an e-mail, where there is one", { type: "email_provided" }, { hasEmail: true }, true],
    ["an e-mail, where there is a phone", { type: "email_provided" }, { hasPhone: true }, false],
    ["no response, where there was none", { type: "no_response" }, { hasPhone: true }, true],
    ["no response, where there was one", { type: "no_response" }, { hasReplied: true }, false],
    ["one with more beside it", { type: "phone_provided", value: null }, { hasPhone: true }, true],
  ])("%s", (_, json, facts, met) => {
    expect(isMet(json, facts)).toBe(met);
  });
});

describe("a malformed condition", () => {
  it.each<[json: unknown, reason: string]>([
    [undefined, "the condition is of type undefined"],
    ["always", "the condition is of type string"],
    [7, "the condition is of type number"],
    [true, "the condition is of type boolean"],
    [[{ type: "always" }], "the condition is a list"],
    [{}, "the condition has no type"],
    [{ kind: "always" }, "the condition has no type"],
    [{ type: null }, "the condition's type is no text"],
    [{ type: ["always"] }, "the condition's type is no text"],
    [{ type: "email_opened" }, 'the condition\'s type "email_opened" is unknown'],
    [{ type: "Always" }, 'the condition\'s type "Always" is unknown'],
    [{ type: "" }, "the condition's type is unknown"],
    [{ type: "jane@example.com" }, "the condition's type is unknown"],
    [{ type: "x".repeat(41) }, "the condition's type is unknown"],
  ])("%j: %s", (json, reason) => {
    const read = readCondition(json);
    const advice = '; use null, or {"type": …} with always, phone_provided, email_provided, no_response';
    expect(read).toEqual({ kind: "malformed", reason: reason + advice });
  });

  it("stops nothing, and repeats no long text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record({ type: fc.anything() })), (json) => {
        const read = readCondition(json);
        if (read.kind === "malformed") expect(read.reason.length).toBeLessThan(200);
        else expect(typeof holds(read.condition, NOTHING)).toBe("boolean");
      }),
    );
  });
});
