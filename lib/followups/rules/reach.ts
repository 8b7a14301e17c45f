import type { SendChannel } from "../sender";

/** Everything that a step can be done on; people do the last two. */
export type StepChannel = SendChannel | "call" | "linkedin";

export interface ReachData {
  email: string | null;
  phone: string | null;
}

/** Which of a lead's data each channel cannot do without. Whoever writes on LinkedIn finds the person there. */
const NEEDS: Record<StepChannel, keyof ReachData | null> = {
  email: "email",
  sms: "phone",
  whatsapp: "phone",
  call: "phone",
  linkedin: null,
};

/** Whether a machine sends on this channel; the others leave tasks for people. */
export function isSendChannel(channel: StepChannel): channel is SendChannel {
  return channel !== "call" && channel !== "linkedin";
}

/** What the channel needs and the lead lacks; null where it can be reached. Enrichment waits for nothing else. */
export function missingReach(channel: StepChannel, lead: ReachData): keyof ReachData | null {
  const need = NEEDS[channel];
  return need !== null && isBlank(lead[need]) ? need : null;
}

/** A value of blanks is none. */
export function isBlank(value: string | null): boolean {
  return value === null || value.trim() === "";
}
