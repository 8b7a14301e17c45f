import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RollUp, StoredAppointment } from "../records";
import type { AppointmentStatus, Observation, ObservedAppointment } from "../source";
import { appointmentKey, isCanceled, isLive } from "./appointment";
import { changesNothing, decide } from "./decide";
import { NO_ROLL_UP, sameRollUp } from "./primary";
import { at, inGhl, leadWith, NOW, observed, type Stored, settle, stored, tell } from "./records.fixture";

// A small world, so that ids meet often: five appointments, a handful of times, every status.
const id = fc.constantFrom("g1", "g2", "g3", "g4", "g5");
const startAt = fc.constantFrom(-3, -1, -0.25, 1, 2, 3, null).map((hours) => (hours === null ? null : at(hours)));
const status = fc.constantFrom<AppointmentStatus>(
  "confirmed",
  "confirmed",
  "canceled",
  "rescheduled",
  "showed",
  "no_show",
);
const updatedAt = fc.constantFrom(null, at(-2), at(-1));

const storedRow = fc
  .record({
    id,
    startAt,
    status,
    startApproximate: fc.boolean(),
    providerUpdatedAt: updatedAt,
    calendly: weighted(1, 6),
  })
  .map(({ id, calendly, ...fields }): StoredAppointment => {
    const canceledAt = isCanceled(fields.status) ? at(-2) : null;
    return stored(calendly ? `invitee-${id}` : id, { ...fields, canceledAt, provider: calendly ? "CALENDLY" : "GHL" });
  });
const rows = fc.uniqueArray(storedRow, { selector: (row) => row.id, maxLength: 5 });

/** What other programs may have written: no roll-up, a true copy of a row, or a name with or without a status. */
const rollUpNaming = fc.record({ id, status: fc.option(status), startAt }).map(
  ({ id, status, startAt }): RollUp => ({
    ...NO_ROLL_UP,
    ghlAppointmentId: id,
    appointmentProvider: "GHL",
    appointmentStatus: status,
    appointmentStartAt: startAt,
  }),
);
const lead = fc
  .tuple(rows, fc.oneof(fc.constant("copy" as const), fc.constant(NO_ROLL_UP), rollUpNaming))
  .map(([appointments, rollUp]): Stored => {
    const [first, ...others] = appointments;
    if (rollUp !== "copy") return { appointments, rollUp };
    return first ? leadWith(first, ...others) : { appointments, rollUp: NO_ROLL_UP };
  });

const item = fc
  .record({
    id,
    startAt,
    status,
    startApproximate: fc.boolean(),
    providerUpdatedAt: updatedAt,
    successorId: fc.option(id),
  })
  .map(({ id, successorId, ...fields }): ObservedAppointment => {
    const moved = fields.status === "rescheduled" ? successorId : null;
    return observed(id, { ...fields, successorId: moved, bookedAt: null });
  });
const items = fc.uniqueArray(item, { selector: (one) => one.externalId, maxLength: 5 });
const observation = fc
  .record({ items, complete: fc.boolean() })
  .map((told): Observation => ({ ...told, listed: true, oddRows: 0, foundContactId: null }));

function weighted(yes: number, no: number) {
  return fc.oneof({ weight: yes, arbitrary: fc.constant(true) }, { weight: no, arbitrary: fc.constant(false) });
}

const MANY = { numRuns: 1500 };

describe("whatever is on record, and whatever is seen", () => {
  it("a decision that was written leaves nothing to do for the same observation", () => {
    fc.assert(
      fc.property(lead, observation, (was, told) => {
        const now = settle(was, decide(was, told, inGhl()));
        const again = decide(now, told, inGhl());
        expect(tell(again)).toEqual([]);
        expect(again).toMatchObject({ outcome: "unchanged", appointments: [], rollUp: null });
        expect(changesNothing(again)).toBe(true);
      }),
      MANY,
    );
  });

  it("the order in which things are listed decides nothing", () => {
    fc.assert(
      fc.property(lead, observation, (was, told) => {
        const forward = decide(was, told, inGhl());
        const records = { ...was, appointments: was.appointments.toReversed() };
        const backward = decide(records, { ...told, items: told.items.toReversed() }, inGhl());
        expect(backward.outcome).toBe(forward.outcome);
        expect(backward.rollUp).toEqual(forward.rollUp);
        expect(tell(backward)).toEqual(tell(forward));
      }),
      MANY,
    );
  });

  it("the roll-up is a copy of one of the appointments, unless nothing is known of what it names", () => {
    fc.assert(
      fc.property(lead, observation, (was, told) => {
        const { appointments, rollUp } = settle(was, decide(was, told, inGhl()));
        const isCopy = appointments.some((row) => sameRollUp(leadWith(row).rollUp, rollUp));
        const isOpen = rollUp.appointmentStatus === null && (appointments.length === 0 || !told.complete);
        expect(isCopy || isOpen).toBe(true);
      }),
      MANY,
    );
  });

  it("nothing is inferred from absence unless the listing is complete", () => {
    fc.assert(
      fc.property(lead, items, (was, told) => {
        const decision = decide(
          was,
          { items: told, listed: true, complete: false, oddRows: 1, foundContactId: null },
          inGhl(),
        );
        const now = settle(was, decision);
        const named = was.rollUp.appointmentStatus === null ? null : was.rollUp.ghlAppointmentId;
        const absent = was.appointments.filter((row) => !isToldOf(row, told) && row.externalId !== named);
        for (const { rescheduledFromId: _, ...row } of absent) {
          expect(now.appointments).toContainEqual(expect.objectContaining(row));
        }
        const lost = decision.transitions.flatMap((one) => (one.kind === "canceled" ? [one.before.externalId] : []));
        expect(told.map((one) => one.externalId)).toEqual(expect.arrayContaining(lost));
      }),
      MANY,
    );
  });

  it("an observation older than what is on record changes nothing of that appointment", () => {
    fc.assert(
      fc.property(rows, observation, (appointments, told) => {
        const [first, ...others] = appointments;
        if (!first) return;
        const newer = { ...first, provider: "GHL" as const, providerUpdatedAt: at(0) };
        const was = leadWith(newer, ...others.filter((row) => row.externalId !== newer.externalId));
        const items = [...told.items.filter((one) => !isToldOf(newer, [one])), olderThan(newer)];
        const now = settle(was, decide(was, { ...told, items }, inGhl()));
        const { rescheduledFromId: _, ...unmoved } = newer;
        expect(now.appointments).toContainEqual(expect.objectContaining(unmoved));
      }),
      MANY,
    );
  });

  it("every meeting that was ahead and is off is told of once: as cancelled, as moved, or as held elsewhere", () => {
    fc.assert(
      fc.property(lead, observation, (was, told) => {
        const { transitions } = decide(was, told, inGhl());
        const canceled = transitions.flatMap((one) => (one.kind === "canceled" ? [one.before.id] : []));
        const moved = transitions.flatMap((one) => (one.kind === "rescheduled" ? [one.from.id] : []));
        expect(new Set([...canceled, ...moved]).size).toBe(canceled.length + moved.length);
        const targets = transitions.flatMap((one) => (one.kind === "rescheduled" ? [one.to.id] : []));
        expect(new Set(targets).size).toBe(targets.length);
      }),
      MANY,
    );
  });

  it("history has no effects: without a meeting ahead, before or after, nothing happens", () => {
    fc.assert(
      fc.property(lead, observation, (was, told) => {
        const isPast = (row: Parameters<typeof isLive>[0]) => !isLive(row, NOW);
        const rollUp = was.rollUp.appointmentStatus
          ? { ...was.rollUp, appointmentStatus: "showed" as const }
          : NO_ROLL_UP;
        const past = { rollUp, appointments: was.appointments.filter(isPast) };
        // An approximate time says nothing against one on record, which may be ahead.
        const items = told.items.filter((one) => isPast(one) && !one.startApproximate);
        const decision = decide(past, { ...told, items }, inGhl());
        expect(decision.transitions).toEqual([]);
      }),
      MANY,
    );
  });

  it("there is at most one booking, and it is the primary, which is ahead", () => {
    fc.assert(
      fc.property(lead, observation, (was, told) => {
        const decision = decide(was, told, inGhl());
        const booked = decision.transitions.flatMap((one) => (one.kind === "booked" ? [one.appointment] : []));
        expect(booked.length).toBeLessThanOrEqual(1);
        const { rollUp } = settle(was, decision);
        for (const appointment of booked) {
          expect(isLive(appointment, NOW)).toBe(true);
          expect(sameRollUp(leadWith(appointment).rollUp, rollUp)).toBe(true);
        }
      }),
      MANY,
    );
  });
});

function isToldOf(row: StoredAppointment, told: readonly ObservedAppointment[]): boolean {
  const key = appointmentKey(row.provider, row.externalId);
  return told.some((one) => appointmentKey("GHL", one.externalId) === key);
}

function olderThan({ externalId, providerUpdatedAt }: StoredAppointment): ObservedAppointment {
  const updated = providerUpdatedAt ?? at(0);
  return observed(externalId, {
    status: "canceled",
    startAt: at(9),
    calendarId: "another",
    canceledAt: at(-1),
    cancelReason: "old news",
    providerUpdatedAt: new Date(updated.getTime() - 1),
  });
}
