import { DAY_MS, HOUR_MS } from "@/lib/core/time";
import type { SequenceStep, StepFacts } from "./facts";

/** A Friday, at ten. */
export const NOW = new Date("2026-11-20T10:00:00.000Z");

export function hoursAgo(hours: number): Date {
  return new Date(NOW.getTime() - hours * HOUR_MS);
}

/** A step that can be done as it is. */
export function step(fields: Partial<SequenceStep> = {}): SequenceStep {
  return {
    stepOrder: 1,
    dayOffset: 0,
    minuteOffset: 0,
    channel: "email",
    subject: "For {{firstName}}",
    messageTemplate: "Hi {{firstName}}, it is {{workspaceName}}.",
    condition: null,
    requiresApproval: false,
    ...fields,
  };
}

type Parts = { [Part in "instance" | "sequence" | "lead" | "workspace" | "senders"]: Partial<StepFacts[Part]> };
export type FactsPatch = Partial<Parts & Pick<StepFacts, "lastReplyAt">> & {
  lastTouchAt?: Partial<StepFacts["lastTouchAt"]>;
};

/** What is known of an instance whose first step, an e-mail, is due and may be sent. */
export function factsWith(...patches: FactsPatch[]): StepFacts {
  return patches.reduce<StepFacts>(patchFacts, {
    now: NOW,
    instance: {
      status: "active",
      currentStep: 0,
      startedAt: new Date(NOW.getTime() - DAY_MS),
      lastStepAt: null,
      resumedAt: null,
      nextStepDue: hoursAgo(1),
    },
    sequence: { isActive: true, triggerOn: "no_response", steps: [step()] },
    lead: {
      firstName: "Ada",
      lastName: "Example",
      email: "ada@example.com",
      phone: "+1 555 0100",
      ghlContactId: "contact-1",
      status: "new",
      appointmentStartAt: null,
      appointmentEndAt: null,
      autoFollowUpEnabled: true,
      enrichmentStatus: null,
      timezone: null,
      snoozedUntil: null,
    },
    workspace: {
      name: "Example Inc.",
      timezone: "UTC",
      workStartTime: "09:00",
      workEndTime: "17:00",
      followUpsPausedUntil: null,
    },
    senders: { email: "GHL", sms: "GHL", whatsapp: "KAPSO" },
    lastReplyAt: null,
    lastTouchAt: { email: null, sms: null, whatsapp: null },
  });
}

function patchFacts(facts: StepFacts, patch: FactsPatch): StepFacts {
  return {
    now: facts.now,
    instance: { ...facts.instance, ...patch.instance },
    sequence: { ...facts.sequence, ...patch.sequence },
    lead: { ...facts.lead, ...patch.lead },
    workspace: { ...facts.workspace, ...patch.workspace },
    senders: { ...facts.senders, ...patch.senders },
    lastReplyAt: patch.lastReplyAt ?? facts.lastReplyAt,
    lastTouchAt: { ...facts.lastTouchAt, ...patch.lastTouchAt },
  };
}
