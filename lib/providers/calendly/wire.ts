import { z } from "zod";
import { readInstant } from "../times";
import { type InviteeRef, readEventUuid, readInviteeRef } from "./uris";

/** One meeting, shared by all its invitees. */
export interface CalendlyEvent {
  uri: string;
  uuid: string;
  canceled: boolean;
  startAt: Date | null;
  endAt: Date | null;
  updatedAt: Date | null;
  cancelReason: string | null;
}

/** One person's place in a meeting: what this system calls an appointment. */
export interface CalendlyInvitee {
  uri: string;
  ref: InviteeRef;
  /** Lower-case. */
  email: string | null;
  canceled: boolean;
  noShow: boolean;
  /** The invitee that took its place when it was moved. */
  successor: { uri: string; ref: InviteeRef } | null;
  createdAt: Date | null;
  updatedAt: Date | null;
  cancelReason: string | null;
}

export interface Page {
  values: unknown[];
  /** `unclear`: the answer does not say whether this was the last page. */
  next: { kind: "token"; token: string } | { kind: "end" } | { kind: "unclear" };
}

/** Characters of a cancellation's reason that are kept: it is shown in a list, and people paste whole e-mails. */
const REASON_CHARS_MAX = 500;

const status = z.string().nullish();
const cancellation = z.looseObject({ reason: z.string().nullish() }).nullish().catch(null);

// As with HighLevel, only what decides has to be of the right type: who it is, and whether it takes place.
const eventSchema = z.looseObject({ uri: z.string(), status, cancellation });
const inviteeSchema = z.looseObject({
  uri: z.string(),
  email: z.string().nullish().catch(null),
  status,
  canceled: z.boolean().nullish().catch(null),
  rescheduled: z.boolean().nullish().catch(null),
  new_invitee: z.string().nullish().catch(null),
  no_show: z.looseObject({}).nullish().catch(null),
  cancellation,
});
const pageSchema = z.looseObject({
  collection: z.array(z.unknown()),
  pagination: z.looseObject({ next_page_token: z.string().nullish() }).optional().catch(undefined),
});
const resourceSchema = z.looseObject({ resource: z.unknown() });

/** Reads one event; null if it cannot be read as one. */
export function readCalendlyEvent(value: unknown): CalendlyEvent | null {
  const parsed = eventSchema.safeParse(value);
  const uuid = readEventUuid(parsed.data?.uri);
  if (!parsed.success || uuid === null) return null;
  const { data } = parsed;
  return {
    uri: data.uri,
    uuid,
    canceled: isCanceledWord(data.status),
    startAt: readInstant(data["start_time"]),
    endAt: readInstant(data["end_time"]),
    updatedAt: readInstant(data["updated_at"]),
    cancelReason: readReason(data.cancellation?.reason),
  };
}

/** Reads one invitee; null if it cannot be read as one. */
export function readCalendlyInvitee(value: unknown): CalendlyInvitee | null {
  const parsed = inviteeSchema.safeParse(value);
  if (!parsed.success) return null;
  const { data } = parsed;
  const event = typeof data["event"] === "string" ? data["event"] : null;
  const ref = readInviteeRef(data.uri, event);
  if (ref === null) return null;
  return {
    uri: data.uri,
    ref,
    email: data.email ? normalizeEmail(data.email) : null,
    canceled: isCanceledWord(data.status) || data.canceled === true,
    noShow: data.no_show !== null && data.no_show !== undefined,
    successor: data.rescheduled === true ? readSuccessor(data.new_invitee) : null,
    createdAt: readInstant(data["created_at"]),
    updatedAt: readInstant(data["updated_at"]),
    cancelReason: readReason(data.cancellation?.reason),
  };
}

/** One page of a collection; null if this is no collection at all. */
export function readPage(body: unknown): Page | null {
  const parsed = pageSchema.safeParse(body);
  if (!parsed.success) return null;
  const { collection: values, pagination } = parsed.data;
  if (pagination === undefined) return { values, next: { kind: "unclear" } };
  const token = pagination.next_page_token;
  return { values, next: token ? { kind: "token", token } : { kind: "end" } };
}

/** What an answer about one thing wraps. */
export function readResource(body: unknown): unknown {
  return resourceSchema.safeParse(body).data?.resource;
}

/** E-mail addresses are compared without regard to case. */
export function normalizeEmail(email: string): string {
  return email.trim().toLowerCase();
}

function readSuccessor(uri: string | null | undefined): CalendlyInvitee["successor"] {
  const ref = readInviteeRef(uri);
  return uri && ref ? { uri, ref } : null;
}

function isCanceledWord(word: string | null | undefined): boolean {
  return /^cancell?ed$/i.test(word?.trim() ?? "");
}

function readReason(reason: string | null | undefined): string | null {
  // By characters, not by UTF-16 units: half an emoji is not storable text.
  const text = [...(reason ?? "").trim()].slice(0, REASON_CHARS_MAX).join("");
  return text === "" ? null : text;
}
