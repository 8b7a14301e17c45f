import { DAY_MS, MINUTE_MS } from "@/lib/core/time";
import type { WindowLimit } from "./rate-window";

/** In which of the ways seen at Kapso a number's answers differ from one another. */
export interface KapsoQuirks {
  /** How a conversation's phone number is written; `mixed`: with a plus in every other conversation. */
  phones: "digits" | "plus" | "mixed";
  /** How a listing says that it is at its end. */
  endOfListing: "null" | "empty" | "missing";
  metadata: "null" | "object";
  /** Which of the two shapes an error has where both have been seen. */
  errors: "meta" | "kapso";
}

export const USUAL_KAPSO_QUIRKS: KapsoQuirks = {
  phones: "digits",
  endOfListing: "null",
  metadata: "null",
  errors: "meta",
};

/** Whoever pays: its key opens all of its numbers, and requests are counted by key. */
export interface KapsoProject {
  readonly apiKey: string;
  readonly limit: WindowLimit;
}

/** A business's number, under Meta's id for it. */
export interface KapsoNumber {
  readonly id: string;
  readonly project: KapsoProject;
  /** Meta's own token for the number, stored with Kapso: the other way to be let in. */
  readonly accessToken: string;
  /** The number itself, digits only. */
  readonly phone: string;
  /** Read at every answer, so it may be changed while the sandbox runs. */
  quirks: KapsoQuirks;
  /** Free text goes only to those who wrote within the last 24 hours. */
  enforcesWindow: boolean;
  /** How long a message is on its way; another one to the same person is refused for so long. */
  flightMs: number;
}

/** A person with a phone number, or one of whom WhatsApp tells an id of its own and no number. */
export type KapsoPerson = { phone: string } | { businessScopedUserId: string };

export interface KapsoConversation {
  readonly id: string;
  readonly number: KapsoNumber;
  readonly person: KapsoPerson;
  readonly createdAt: Date;
  readonly messages: KapsoMessage[];
  status: "active" | "ended";
  lastActiveAt: Date;
}

export type KapsoMessageType = "text" | "image" | "audio" | "sticker" | "reaction" | "system" | "template";
export type KapsoMessageStatus = "received" | "pending" | "sent" | "delivered" | "read" | "failed";

export interface KapsoMessage {
  readonly id: string;
  readonly conversation: KapsoConversation;
  readonly direction: "inbound" | "outbound";
  readonly type: KapsoMessageType;
  /** The text, a caption, or the emoji of a reaction; empty where there is none. */
  readonly body: string;
  /** WhatsApp tells times in whole seconds. */
  readonly at: Date;
  /** Who made it: a call of the API, or people with a phone in their hands. */
  readonly origin: "cloud_api" | "business_app";
  status: KapsoMessageStatus;
}

/** What Kapso documents for its free plan, by key. */
export const USUAL_KAPSO_LIMIT: WindowLimit = { requests: 100, windowMs: MINUTE_MS };

/** For how long after a person's last message free text may be sent to them. */
export const SERVICE_WINDOW_MS = DAY_MS;

/** What tells one person from another at a number. */
export function nameOfPerson(person: KapsoPerson): string {
  return "phone" in person ? digitsOf(person.phone) : person.businessScopedUserId;
}

/** A phone number as WhatsApp keeps it. */
export function digitsOf(phone: string): string {
  return phone.replaceAll(/\D/g, "");
}

/** What is left of an instant where times are told in whole seconds. */
export function toWholeSeconds(at: Date): Date {
  return new Date(Math.floor(at.getTime() / 1000) * 1000);
}
