import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StoredAppointment } from "../records";
import type { AppointmentStatus } from "../source";
import { hasEnded, isCanceled } from "./appointment";
import { choosePrimary, NO_ROLL_UP, rollUpOf, sameRollUp } from "./primary";
import { at, NOW, stored } from "./records.fixture";

/** "confirmed@24" is confirmed and starts in 24 hours; "showed@?" has no known start. */
function appointments(...told: string[]): StoredAppointment[] {
  return told.map((text) => {
    const [status = "", start = ""] = text.split("@");
    const startAt = start === "?" ? null : at(Number(start));
    return stored(text, { status: toStatus(status), startAt });
  });
}

function toStatus(word: string): AppointmentStatus | null {
  const words: AppointmentStatus[] = ["confirmed", "canceled", "rescheduled", "showed", "no_show"];
  return words.find((one) => one === word) ?? null;
}

describe("the primary appointment", () => {
  it.each<[string, string[], string | null]>([
    ["is the next of those ahead", ["confirmed@48", "confirmed@24", "confirmed@72"], "confirmed@24"],
    ["is one ahead rather than one that has ended", ["confirmed@-24", "confirmed@24"], "confirmed@24"],
    ["is one ahead rather than a cancelled one before it", ["canceled@1", "confirmed@24"], "confirmed@24"],
    ["may be one that goes on at this moment", ["confirmed@-0.25", "confirmed@24"], "confirmed@-0.25"],
    ["may be one attended before its time", ["showed@1", "confirmed@24"], "showed@1"],
    ["is the latest not cancelled when none is ahead", ["confirmed@-48", "no_show@-24", "canceled@-1"], "no_show@-24"],
    ["is the latest not cancelled, though a cancelled one is ahead", ["showed@-24", "canceled@24"], "showed@-24"],
    ["is the latest of all when all are cancelled", ["canceled@-24", "rescheduled@24", "canceled@2"], "rescheduled@24"],
    ["with a start is before one without, ahead", ["confirmed@?", "confirmed@24"], "confirmed@24"],
    ["without a start is ahead of those that have ended", ["confirmed@-24", "confirmed@?"], "confirmed@?"],
    ["with a start is before one without, among the cancelled", ["canceled@?", "canceled@-24"], "canceled@-24"],
    ["is none of which nothing is known", ["unknown@24", "canceled@-24"], "canceled@-24"],
    ["is nothing when only names are known", ["unknown@24"], null],
    ["is nothing without appointments", [], null],
  ])("%s", (_, told, primary) => {
    expect(choosePrimary(appointments(...told), NOW)?.externalId ?? null).toBe(primary);
  });

  it("is by start and not by end where one begins earlier and lasts longer", () => {
    const long = stored("long", { startAt: at(1), endAt: at(9) });
    const short = stored("short", { startAt: at(2), endAt: at(3) });
    expect(choosePrimary([short, long], NOW)).toBe(long);
  });
});

describe("whatever there is", () => {
  const status = fc.constantFrom<AppointmentStatus>("confirmed", "canceled", "rescheduled", "showed", "no_show");
  const start = fc.option(fc.integer({ min: -3, max: 3 }), { freq: 4 });
  const some = fc.uniqueArray(fc.record({ id: fc.integer({ min: 1, max: 9 }), status, start }), {
    selector: (one) => one.id,
    maxLength: 6,
  });
  const rowsOf = (drawn: { id: number; status: AppointmentStatus; start: number | null }[]) =>
    drawn.map((one) => stored(`${one.id}`, { status: one.status, startAt: one.start === null ? null : at(one.start) }));

  it("the primary is one of the appointments, and the same in whatever order they come", () => {
    fc.assert(
      fc.property(some, fc.infiniteStream(fc.nat()), (drawn, dice) => {
        const rows = rowsOf(drawn);
        const shuffled = rows
          .map((row) => ({ row, rank: dice.next().value }))
          .toSorted((a, b) => a.rank - b.rank)
          .map(({ row }) => row);
        const primary = choosePrimary(rows, NOW);
        expect(primary === null).toBe(rows.length === 0);
        if (primary) expect(rows).toContain(primary);
        expect(choosePrimary(shuffled, NOW)).toBe(primary);
      }),
    );
  });

  it("it is cancelled only if all are, and ended only if none that stands is ahead", () => {
    fc.assert(
      fc.property(some, (drawn) => {
        const rows = rowsOf(drawn);
        const primary = choosePrimary(rows, NOW);
        if (!primary) return;
        const standing = rows.filter((row) => !isCanceled(row.status));
        expect(isCanceled(primary.status)).toBe(standing.length === 0);
        if (standing.some((row) => !hasEnded(row, NOW))) expect(hasEnded(primary, NOW)).toBe(false);
      }),
    );
  });
});

describe("the roll-up", () => {
  const invitee = {
    provider: "CALENDLY",
    calendlyScheduledEventUri: "https://api.calendly.com/scheduled_events/e1",
  } as const;

  it("has the ids of its provider, and nothing of the other's", () => {
    expect(rollUpOf(stored("g1"))).toMatchObject({
      appointmentProvider: "GHL",
      ghlAppointmentId: "g1",
      calendlyInviteeUri: null,
      calendlyScheduledEventUri: null,
    });
    expect(rollUpOf(stored("i1", invitee))).toMatchObject({
      appointmentProvider: "CALENDLY",
      ghlAppointmentId: null,
      calendlyInviteeUri: "i1",
      calendlyScheduledEventUri: "https://api.calendly.com/scheduled_events/e1",
    });
  });

  it("of a re-booking knows of no cancellation", () => {
    expect(rollUpOf(stored("g2")).appointmentCanceledAt).toBeNull();
  });

  it.each(Object.keys(NO_ROLL_UP))("is another where %s differs", (field) => {
    const other = { ...NO_ROLL_UP, [field]: field.endsWith("At") ? at(1) : "other" };
    expect(sameRollUp(NO_ROLL_UP, other)).toBe(false);
    expect(sameRollUp({ ...other }, other)).toBe(true);
  });
});
