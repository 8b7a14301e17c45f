import { DAY_MS } from "@/lib/core/time";
import type { StepOrder } from "../../environment/follow-up-leads";
import { CALL, EMAIL, SMS, WHATSAPP } from "../../environment/follow-up-words";
import { EARLIER, fallsDue, inTurn, type Plot, waits } from "./plot";

const SMS_TOMORROW: StepOrder = { ...SMS, dayOffset: 1 };
const EMAIL_TO_APPROVE: StepOrder = { ...EMAIL, requiresApproval: true };
const SMS_IF_PHONE: StepOrder = { ...SMS, condition: { type: "phone_provided" } };
const SMS_IF_RAIN: StepOrder = { ...SMS, condition: { type: "rain" } };
/** The HighLevel workspace has no number at Kapso. */
const TWO_BY_KAPSO = ["kapso", "kapso"] as const;
const TWO_BY_HIGHLEVEL = ["highlevel", "highlevel"] as const;

export const PLOTS: readonly Plot[] = [
  { name: "an e-mail", steps: [EMAIL], gets: [EMAIL], ends: "finished at step 1" },
  { name: "a text message", steps: [SMS], gets: [SMS], ends: "finished at step 1" },
  { name: "WhatsApp", in: TWO_BY_KAPSO, steps: [WHATSAPP], gets: [WHATSAPP], ends: "finished at step 1" },
  { name: "WhatsApp", in: TWO_BY_HIGHLEVEL, steps: [WHATSAPP], gets: [WHATSAPP], ends: "finished at step 1" },
  {
    name: "three channels at once",
    steps: [EMAIL, SMS, WHATSAPP],
    gets: [EMAIL, SMS, WHATSAPP],
    ends: "finished at step 3",
  },
  {
    name: "the next step another day",
    steps: [EMAIL, SMS_TOMORROW],
    acts: [waits, fallsDue, waits],
    gets: [EMAIL, SMS],
    ends: "finished at step 2",
  },
  {
    name: "books before the first step",
    steps: [SMS],
    acts: [(actor) => actor.books(), waits, waits],
    ...{ gets: [], ends: "meeting_booked at step 0", status: "meeting-booked" },
    because: "booked: reconcile found the meeting first",
  },
  {
    name: "books between two steps",
    steps: [EMAIL, SMS_TOMORROW],
    acts: [waits, inTurn(fallsDue, (actor) => actor.books()), waits],
    ...{ gets: [EMAIL], ends: "meeting_booked at step 1", status: "meeting-booked" },
    because: "booked: reconcile found the meeting first",
  },
  {
    name: "marked as booked, sequence left open",
    steps: [EMAIL, SMS_TOMORROW],
    acts: [waits, inTurn(fallsDue, (actor) => actor.isMarkedAsBooked()), waits],
    ...{ gets: [EMAIL], ends: "meeting_booked_backstop at step 1", status: "meeting-booked" },
    because: "booked: the backstop ended the sequence",
  },
  {
    name: "replies before the first step",
    steps: [SMS],
    acts: [(actor) => actor.replies(), waits, waits],
    ...{ gets: [], ends: "paused for lead_replied at step 0", because: "replied" },
  },
  {
    name: "replies between two steps",
    steps: [EMAIL, SMS_TOMORROW],
    acts: [waits, (actor) => actor.replies(), fallsDue],
    ...{ gets: [EMAIL], ends: "paused for lead_replied at step 1", because: "replied" },
  },
  {
    name: "writes over WhatsApp, unheard",
    in: TWO_BY_KAPSO,
    steps: [WHATSAPP],
    dueInMs: DAY_MS,
    acts: [waits, (actor) => actor.writesUnheard(), fallsDue],
    ...{ gets: [], ends: "paused for lead_replied at step 0" },
    because: "replied: background sync found the message first",
  },
  {
    name: "silent for a week after a reply",
    steps: [SMS],
    before: "silent for a week",
    instance: { status: "paused", pausedReason: "lead_replied" },
    ...{ gets: [SMS], ends: "finished at step 1" },
  },
  {
    name: "snoozes",
    steps: [SMS],
    acts: [(actor) => actor.snoozes(), waits, waits],
    ...{ gets: [], ends: "paused for lead_snoozed at step 0", because: "snoozed" },
  },
  {
    name: "snoozes and wakes up",
    steps: [SMS],
    acts: [(actor) => actor.snoozes(), (actor) => actor.wakesUp(), waits],
    ...{ gets: [SMS], ends: "finished at step 1" },
  },
  {
    name: "nobody knows the first name",
    steps: [SMS],
    lead: { firstName: null },
    ...{ gets: [], ends: "paused for missing_lead_data: firstName at step 0", because: "no first name to put in" },
  },
  {
    name: "a call, then a text message",
    steps: [CALL, SMS],
    ...{ gets: [SMS], ends: "finished at step 2", tasks: [{ step: CALL, status: "pending" }] },
    because: "the call is left to people",
  },
  {
    name: "an e-mail to approve, done",
    steps: [EMAIL_TO_APPROVE, SMS],
    acts: [waits, (actor) => actor.isApproved(), waits],
    ...{ gets: [SMS], ends: "finished at step 2", tasks: [{ step: EMAIL, status: "completed" }] },
    because: "the e-mail is left to people",
  },
  {
    name: "an e-mail to approve, declined",
    steps: [EMAIL_TO_APPROVE, SMS],
    acts: [waits, (actor) => actor.isDeclined(), waits],
    ...{ gets: [SMS], ends: "finished at step 2", tasks: [{ step: EMAIL, status: "skipped" }] },
    because: "somebody said no to the e-mail",
  },
  {
    name: "an e-mail to approve, forgotten",
    steps: [EMAIL_TO_APPROVE, SMS],
    ...{ gets: [], ends: "paused for awaiting_approval at step 0", tasks: [{ step: EMAIL, status: "pending" }] },
    because: "nobody has approved",
  },
  {
    name: "a condition nobody understands",
    steps: [SMS_IF_RAIN],
    ...{ gets: [], ends: "paused for malformed_condition at step 0", because: "malformed condition" },
  },
  {
    name: "a condition that does not hold",
    steps: [SMS_IF_PHONE, EMAIL],
    lead: { phone: null },
    ...{ gets: [EMAIL], ends: "finished at step 2", because: "the text message's condition does not hold" },
  },
  {
    name: "follow-ups switched off",
    steps: [SMS],
    lead: { autoFollowUpEnabled: false },
    ...{ gets: [], ends: "active at step 0", because: "opted out" },
  },
  {
    name: "not interested",
    steps: [SMS],
    lead: { status: "not-interested" },
    ...{ gets: [], ends: "active at step 0", status: "not-interested", because: "opted out" },
  },
  {
    name: "do-not-disturb at HighLevel",
    steps: [SMS],
    wantsNoMessages: true,
    ...{ gets: [], ends: "finished at step 1", ledger: ["refused"], tasks: [{ step: SMS, status: "pending" }] },
    because: "HighLevel refused",
  },
  {
    name: "the answer is lost",
    steps: [SMS, EMAIL],
    lostAnswer: "reset",
    ...{ gets: [SMS], ends: "paused for send_uncertain at step 0", ledger: ["unknown"] },
    because: "uncertain: never repeated",
  },
  {
    name: "the answer is lost on WhatsApp",
    in: ["kapso"],
    steps: [WHATSAPP, SMS],
    lostAnswer: 502,
    ...{ gets: [WHATSAPP], ends: "paused for send_uncertain at step 0", ledger: ["unknown"] },
    because: "uncertain: never repeated",
  },
  {
    name: "it is evening where they are",
    in: ["office hours", "office hours"],
    steps: [SMS],
    before: "evening where it is",
    ...{ gets: [], ends: "active at step 0", waitsFor: "office hours", because: "outside the hours" },
  },
  {
    name: "written to today already",
    steps: [SMS],
    before: "written to today",
    ...{ gets: [EARLIER], ends: "active at step 0", ledger: [], waitsFor: "another day" },
    because: "one text message a day",
  },
  {
    name: "no number yet, found later",
    steps: [SMS],
    lead: { phone: null, enrichmentStatus: "pending" },
    acts: [waits, (actor) => actor.isEnriched(), waits],
    ...{ gets: [SMS], ends: "finished at step 1" },
  },
  {
    name: "no number yet, never found",
    steps: [SMS, EMAIL],
    lead: { phone: null, enrichmentStatus: "pending" },
    acts: [waits, (actor) => actor.isNotFound(), waits],
    ...{ gets: [EMAIL], ends: "finished at step 2", tasks: [{ step: SMS, status: "pending" }] },
    because: "the text message is left to people",
  },
  {
    name: "the workspace is paused",
    in: ["paused", "paused"],
    steps: [EMAIL],
    ...{ gets: [], ends: "active at step 0", because: "workspace paused" },
  },
];
