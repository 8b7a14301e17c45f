/** How a time is written. `naive` has a space and `naive_t` a T between date and time; neither has a zone. */
export type TimeShape =
  | "offset"
  | "utc"
  | "naive"
  | "naive_t"
  | "epoch_ms"
  | "epoch_s"
  | "epoch_ms_text"
  | "empty"
  | "null"
  | "missing";

/** In which of the ways seen at HighLevel a location's answers deviate from its specification. */
export interface GhlQuirks {
  listWrapper: "events" | "appointments" | "bare";
  eventWrapper: "event" | "appointment" | "bare";
  /** Under which name rows and events carry their id. */
  idField: "id" | "eventId" | "appointmentId";
  /** Which status fields are there. The old `status` is always "booked" unless it is the only one. */
  statusFields: "both" | "right" | "typo" | "old";
  /** `variants`: booked, canceled, no_show, Showed and the like, a different one per appointment. */
  statusWords: "spec" | "variants";
  listTimes: TimeShape;
  eventTimes: TimeShape;
  dateAdded: "present" | "missing";
  /** The ids that the specification calls required and that can be absent: group, contact, assigned user. */
  optionalIds: "present" | "empty" | "missing";
}

/** What most locations send: rows without a zone, events with an offset, the status under both spellings. */
export const USUAL_QUIRKS: GhlQuirks = {
  listWrapper: "events",
  eventWrapper: "event",
  idField: "id",
  statusFields: "both",
  statusWords: "spec",
  listTimes: "naive",
  eventTimes: "offset",
  dateAdded: "present",
  optionalIds: "present",
};
