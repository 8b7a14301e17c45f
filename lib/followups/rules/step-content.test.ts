import { describe, expect, it } from "vitest";
import type { StepDecision } from "./facts";
import { type FactsPatch, factsWith, hoursAgo, NOW, step } from "./facts.fixture";
import { decideStep } from "./step";

function decideOn(fields: Parameters<typeof step>[0], ...patches: FactsPatch[]): StepDecision {
  return decideStep(factsWith({ sequence: { steps: [step(fields)] } }, ...patches));
}

describe("the words of a step", () => {
  it.each<[string, Parameters<typeof step>[0] & object, FactsPatch, string]>([
    ["no subject", { subject: null }, {}, "subject"],
    ["a blank subject", { subject: " " }, {}, "subject"],
    ["a broken subject", { subject: "Hi {{" }, {}, "subject"],
    ["a subject's value", { subject: "{{lastName}}" }, { lead: { lastName: "" } }, "lastName"],
    ["a text", { messageTemplate: "" }, {}, "messageTemplate"],
    [
      "a text that was deleted, where people approve",
      { messageTemplate: "", requiresApproval: true },
      {},
      "messageTemplate",
    ],
    [
      "a name, in both parts",
      { messageTemplate: "{{fullName}}" },
      { lead: { firstName: null, lastName: " " } },
      "firstName",
    ],
    ["a value for a call", { channel: "call" }, { lead: { firstName: null } }, "firstName"],
    ["a value for LinkedIn", { channel: "linkedin", messageTemplate: "{{title}}" }, {}, "title"],
  ])("lack %s", (_, fields, patch, name) => {
    expect(decideOn(fields, patch)).toMatchObject({ kind: "pause", reason: `missing_lead_data: ${name}` });
  });

  it("know a lead by what it has", () => {
    const template = "{{firstName}}|{{lastName}}|{{fullName}}|{{email}}|{{phone}}|{{workspaceName}}";
    const body = "Ada|Example|Ada Example|ada@example.com|+1 555 0100|Example Inc.";
    expect(decideOn({ messageTemplate: template })).toMatchObject({ message: { body } });
  });

  it("take one name for the whole where there is no other", () => {
    const fields = { subject: "Hi", messageTemplate: "{{fullName}}" };
    expect(decideOn(fields, { lead: { lastName: null } })).toMatchObject({ message: { body: "Ada" } });
    expect(decideOn(fields, { lead: { firstName: " " } })).toMatchObject({ message: { body: "Example" } });
  });

  it.each(["sms", "whatsapp"] as const)("have no subject in a message by %s", (channel) => {
    expect(decideOn({ channel, subject: "{{nobody}}" })).toMatchObject({
      kind: "send",
      message: { channel, subject: null },
    });
  });
});

describe("a step that people do", () => {
  it("is a task with the words to say", () => {
    expect(decideOn({ channel: "call", messageTemplate: "Ask {{firstName}} for a date." })).toEqual({
      kind: "task",
      task: "person",
      step: step({ channel: "call", messageTemplate: "Ask {{firstName}} for a date." }),
      content: { type: "call", dueDate: NOW, subject: null, suggestedMessage: "Ask Ada for a date." },
    });
  });

  it.each(["call", "linkedin"] as const)("may be a %s without words", (channel) => {
    const content = { type: channel, suggestedMessage: null };
    expect(decideOn({ channel, messageTemplate: " " })).toMatchObject({ kind: "task", content });
  });

  it("is left at any hour, and due within the lead's", () => {
    const elsewhere = { lead: { timezone: "America/New_York" } };
    const content = { dueDate: new Date("2026-11-20T14:00:00.000Z") };
    expect(decideOn({ channel: "call" }, elsewhere)).toMatchObject({ kind: "task", content });
  });

  it("does not wait for another day, and needs no sender", () => {
    const patch: FactsPatch = { lastTouchAt: { email: hoursAgo(1) }, senders: { email: null } };
    const content = {
      type: "email",
      dueDate: NOW,
      subject: "For Ada",
      suggestedMessage: "Hi Ada, it is Example Inc..",
    };
    const decision = { kind: "task", task: "approval", content };
    expect(decideOn({ requiresApproval: true }, patch)).toMatchObject(decision);
  });

  it("is one to approve where the step says so, whoever does it", () => {
    expect(decideOn({ channel: "call", requiresApproval: true })).toMatchObject({
      task: "approval",
      content: { type: "call" },
    });
  });
});

describe("a touch that has to wait", () => {
  it.each<[string, FactsPatch, string]>([
    ["for the hours of the lead's own zone", { lead: { timezone: "America/New_York" } }, "2026-11-20T14:00Z"],
    [
      "for those of its workspace's, where its own is unknown",
      { lead: { timezone: "Eastern" }, workspace: { timezone: "America/Chicago" } },
      "2026-11-20T15:00Z",
    ],
    ["for Monday, where it is evening", { lead: { timezone: "Asia/Tokyo" } }, "2026-11-23T00:00Z"],
  ])("waits %s", (_, patch, until) => {
    expect(decideOn({}, patch)).toEqual({ kind: "defer", until: new Date(until), because: "outside_window" });
  });

  it("waits for no other channel, and for no other day", () => {
    const touches = { email: hoursAgo(11), sms: hoursAgo(1) };
    expect(decideOn({}, { lastTouchAt: touches })).toMatchObject({ kind: "send" });
    expect(decideOn({ channel: "sms" }, { lastTouchAt: touches })).toMatchObject({ because: "touched_today" });
  });

  it("counts days as the lead does", () => {
    // Ten in the morning of the 20th is eleven at night there, and eleven hours before it was still the 20th.
    const patch = { lead: { timezone: "Pacific/Apia" }, workspace: { workStartTime: "20:00", workEndTime: "23:59" } };
    const decision = decideOn({}, patch, { lastTouchAt: { email: hoursAgo(11) } });
    expect(decision).toEqual({ kind: "defer", until: new Date("2026-11-23T07:00Z"), because: "touched_today" });
    expect(decideOn({}, patch, { lastTouchAt: { email: hoursAgo(24) } })).toMatchObject({ kind: "send" });
  });
});
