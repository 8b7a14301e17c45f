import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StepDecision } from "./facts";
import { type FactsPatch, factsWith, hoursAgo, step } from "./facts.fixture";
import { decideStep } from "./step";

/** A decision in a few words. */
function tell(decision: StepDecision): string {
  switch (decision.kind) {
    case "prevented":
      return `prevented by ${decision.by}`;
    case "pause":
      return `paused ${decision.reason}`;
    case "complete":
      return `completed ${decision.reason}`;
    case "defer":
      return `deferred ${decision.because} until ${decision.until.toISOString()}`;
    case "skip_step":
      return `skips ${decision.step.stepOrder}`;
    case "task":
      return `${decision.task} task ${decision.content.type}`;
    case "send":
      return `sends ${decision.message.channel} by ${decision.provider}`;
  }
}

function decide(...patches: FactsPatch[]): string {
  return tell(decideStep(factsWith(...patches)));
}

function withStep(...fields: Parameters<typeof step>): FactsPatch {
  return { sequence: { steps: [step(...fields)] } };
}

const LATER = hoursAgo(-1);

/** Everything that can come between an e-mail and its lead, in the order in which it counts. */
const OBSTACLES: readonly [name: string, patch: FactsPatch, decision: string][] = [
  ["the instance is closed", { instance: { status: "completed" } }, "prevented by instance_closed"],
  ["it is not due any more", { instance: { nextStepDue: LATER } }, "prevented by not_due"],
  ["the sequence was turned off", { sequence: { isActive: false } }, "prevented by sequence_inactive"],
  ["the lead opted out", { lead: { autoFollowUpEnabled: false } }, "prevented by opted_out"],
  ["the lead booked", { lead: { status: "meeting-booked" } }, "prevented by booked"],
  ["the workspace pauses", { workspace: { followUpsPausedUntil: LATER } }, "prevented by workspace_paused"],
  ["the lead replied", { lastReplyAt: hoursAgo(2) }, "paused lead_replied"],
  ["the lead is snoozed", { lead: { snoozedUntil: LATER } }, "paused lead_snoozed"],
  ["no step is left", { instance: { currentStep: 1 } }, "completed finished"],
  ["the condition is malformed", withStep({ condition: { type: "?" } }), "paused malformed_condition"],
  ["nobody can send", { senders: { email: null } }, "paused no_sender"],
  ["the e-mail is missing", { lead: { email: " " } }, "paused missing_lead_data: email"],
  ["the contact is missing", { lead: { ghlContactId: null } }, "paused missing_lead_data: ghlContactId"],
  ["a value is missing", { lead: { firstName: null } }, "paused missing_lead_data: firstName"],
  [
    "the lead was written to today",
    { lastTouchAt: { email: hoursAgo(0.5) } },
    "deferred touched_today until 2026-11-23T09:00:00.000Z",
  ],
  [
    "it is too early in the day",
    { workspace: { workStartTime: "11:00" } },
    "deferred outside_window until 2026-11-20T11:00:00.000Z",
  ],
];

describe("a due e-mail", () => {
  it("is sent when nothing speaks against it", () => {
    expect(decideStep(factsWith())).toEqual({
      kind: "send",
      step: step(),
      provider: "GHL",
      message: {
        channel: "email",
        to: { ghlContactId: "contact-1", email: "ada@example.com", phone: "+1 555 0100" },
        subject: "For Ada",
        body: "Hi Ada, it is Example Inc..",
      },
    });
  });

  it.each(OBSTACLES)("is not sent when %s", (_, patch, decision) => {
    expect(decide(patch)).toBe(decision);
  });

  it("is not sent for the first of several reasons", () => {
    fc.assert(
      fc.property(fc.subarray([...OBSTACLES], { minLength: 1 }), (obstacles) => {
        const [[, , decision] = []] = obstacles;
        const told = decide(...obstacles.map(([, patch]) => patch));
        // A later window on the same day moves an instant, but not the reason.
        expect(told.replace(/ until .*/, "")).toBe(decision?.replace(/ until .*/, ""));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("what is settled elsewhere", () => {
  it.each<[string, FactsPatch, string]>([
    ["a paused instance", { instance: { status: "paused" } }, "prevented by instance_closed"],
    ["an instance that is due at no time", { instance: { nextStepDue: null } }, "prevented by not_due"],
    ["a status that people own", { lead: { status: "converted" } }, "prevented by opted_out"],
    ["a meeting for a sequence of no trigger", bookedWith({ triggerOn: null }), "prevented by booked"],
  ])("%s", (_, patch, decision) => {
    expect(decide(patch)).toBe(decision);
  });

  it("does not hold for a sequence that follows a booking, nor for one that started when the meeting was over", () => {
    expect(decide(bookedWith({ triggerOn: "meeting_selected" }))).toBe("sends email by GHL");
    const over = { lead: { status: "meeting-booked", appointmentEndAt: hoursAgo(30) } };
    expect(decide(over)).toBe("sends email by GHL");
  });

  it("is over when its time has come", () => {
    const now = hoursAgo(0);
    const patch = {
      workspace: { followUpsPausedUntil: now },
      lead: { snoozedUntil: now },
      instance: { nextStepDue: now },
    };
    expect(decide(patch)).toBe("sends email by GHL");
  });
});

function bookedWith(sequence: FactsPatch["sequence"] & object): FactsPatch {
  return { lead: { status: "meeting-booked" }, sequence };
}

describe("a reply", () => {
  it.each<[string, FactsPatch, string]>([
    ["before the start stops nothing", { lastReplyAt: hoursAgo(30) }, "sends email by GHL"],
    ["before the last step stops nothing", { instance: { lastStepAt: hoursAgo(1) } }, "sends email by GHL"],
    ["before the resume stops nothing", { instance: { resumedAt: hoursAgo(1) } }, "sends email by GHL"],
    [
      "after all of them pauses",
      { instance: { resumedAt: hoursAgo(3), lastStepAt: hoursAgo(4) } },
      "paused lead_replied",
    ],
  ])("%s", (_, patch, decision) => {
    expect(decide({ lastReplyAt: hoursAgo(2) }, patch)).toBe(decision);
  });

  it("that a resume has passed over is still one for the condition that asks for none", () => {
    const resumed = { lastReplyAt: hoursAgo(2), instance: { resumedAt: hoursAgo(1) } };
    expect(decide(resumed, withStep({ condition: { type: "no_response" } }))).toBe("skips 1");
    expect(decide(withStep({ condition: { type: "no_response" } }))).toBe("sends email by GHL");
  });
});

describe("a condition", () => {
  it.each<[string, string, FactsPatch, string]>([
    ["a phone, with one", "phone_provided", {}, "sends email by GHL"],
    ["a phone, without", "phone_provided", { lead: { phone: " " } }, "skips 1"],
    ["an e-mail, without", "email_provided", { lead: { email: null } }, "skips 1"],
    ["at night, too", "phone_provided", { lead: { phone: null, timezone: "America/New_York" } }, "skips 1"],
    ["without a sender, too", "phone_provided", { lead: { phone: null }, senders: { email: null } }, "skips 1"],
  ])("asks for %s", (_, type, patch, decision) => {
    expect(decide(withStep({ condition: { type } }), patch)).toBe(decision);
  });

  it("that is malformed says what is wrong", () => {
    const decision = decideStep(factsWith(withStep({ condition: { type: "opened" } })));
    expect(decision).toMatchObject({ detail: expect.stringContaining('the condition\'s type "opened" is unknown') });
  });
});

describe("the next step", () => {
  const steps = [
    step({ stepOrder: 7, channel: "sms" }),
    step({ stepOrder: 2, channel: "call" }),
    step({ stepOrder: 4 }),
  ];

  it.each([
    [0, "person task call"],
    [2, "sends email by GHL"],
    [3, "sends email by GHL"],
    [6, "sends sms by GHL"],
    [7, "completed finished"],
  ])("after %i: %s", (currentStep, decision) => {
    expect(decide({ sequence: { steps }, instance: { currentStep } })).toBe(decision);
  });
});

describe("what a channel needs", () => {
  const noPhone = { lead: { phone: null } };
  const noEmail = { lead: { email: null } };
  const noContact = { lead: { ghlContactId: "" } };

  it.each<[string, Parameters<typeof step>[0] & object, FactsPatch, string]>([
    ["an sms: a phone", { channel: "sms" }, noPhone, "paused missing_lead_data: phone"],
    ["an sms: no e-mail", { channel: "sms" }, noEmail, "sends sms by GHL"],
    ["an sms: a contact", { channel: "sms" }, noContact, "paused missing_lead_data: ghlContactId"],
    ["an e-mail: no phone", {}, noPhone, "sends email by GHL"],
    ["a WhatsApp message: a phone", { channel: "whatsapp" }, noPhone, "paused missing_lead_data: phone"],
    ["a WhatsApp message by Kapso: no contact", { channel: "whatsapp" }, noContact, "sends whatsapp by KAPSO"],
    ["a call: a phone", { channel: "call" }, noPhone, "paused missing_lead_data: phone"],
    [
      "a call: no e-mail and no contact",
      { channel: "call" },
      { lead: { email: null, ghlContactId: null } },
      "person task call",
    ],
    ["LinkedIn: nothing", { channel: "linkedin" }, { lead: { email: null, phone: null } }, "person task linkedin"],
    ["an approved e-mail: an e-mail", { requiresApproval: true }, noEmail, "paused missing_lead_data: email"],
    ["an approved e-mail: no contact", { requiresApproval: true }, noContact, "approval task email"],
  ])("%s", (_, fields, patch, decision) => {
    expect(decide(withStep(fields), patch)).toBe(decision);
  });

  it("a WhatsApp message by HighLevel: a contact", () => {
    const byGhl: FactsPatch = { senders: { whatsapp: "GHL" } };
    const decision = "paused missing_lead_data: ghlContactId";
    expect(decide(withStep({ channel: "whatsapp" }), byGhl, noContact)).toBe(decision);
  });

  it.each([
    ["pending", "paused awaiting_enrichment"],
    ["done", "paused missing_lead_data: phone"],
    ["failed", "paused missing_lead_data: phone"],
    [null, "paused missing_lead_data: phone"],
  ])("is waited for while enrichment is %s: %s", (enrichmentStatus, decision) => {
    for (const channel of ["sms", "call"] as const) {
      expect(decide(withStep({ channel }), { lead: { phone: null, enrichmentStatus } })).toBe(decision);
    }
  });

  it("and enrichment does not bring is not waited for", () => {
    const pending = { lead: { enrichmentStatus: "pending", ghlContactId: null } };
    expect(decide(pending)).toBe("paused missing_lead_data: ghlContactId");
  });
});
