import { DAY_MS, MINUTE_MS } from "@/lib/core/time";

/** How long after the step before it a step is due. */
export interface StepOffset {
  dayOffset: number;
  minuteOffset: number;
}

/** No sequence waits longer; beyond it, an offset is a mistake, and its sum would soon be no date at all. */
const OFFSET_MS_MAX = 3650 * DAY_MS;
/** The last instant that a Date can hold. */
const INSTANT_MS_MAX = 8_640_000_000_000_000;

/**
 * When a step is due whose predecessor was done at `previousAt` (the first: when the instance started). A day is 24 hours,
 * wherever the lead is: the send window sees to the time of day.
 *
 * Offsets are added up first. A negative sum is none, or a step would be due before the one it follows; more than ten
 * years is ten years. The answer is a valid Date for every valid one.
 */
export function stepDueAt(previousAt: Date, step: StepOffset): Date {
  const sumMs = step.dayOffset * DAY_MS + step.minuteOffset * MINUTE_MS;
  const offsetMs = Number.isNaN(sumMs) ? 0 : Math.min(OFFSET_MS_MAX, Math.max(0, sumMs));
  return new Date(Math.min(INSTANT_MS_MAX, previousAt.getTime() + offsetMs));
}

/** The step that comes after the last one done (0: none was): the lowest above it, whichever were removed. Null at the end. */
export function nextStep<T extends { stepOrder: number }>(steps: readonly T[], currentStep: number): T | null {
  const later = steps.filter((step) => step.stepOrder > currentStep);
  return later.reduce<T | null>((least, step) => (least && least.stepOrder <= step.stepOrder ? least : step), null);
}

/** What comes after a step that was done at `doneAt`, and when it is due. Null where it was the last. */
export function nextDue<T extends StepOffset & { stepOrder: number }>(
  steps: readonly T[],
  done: { stepOrder: number; doneAt: Date },
): { step: T; dueAt: Date } | null {
  const step = nextStep(steps, done.stepOrder);
  return step && { step, dueAt: stepDueAt(done.doneAt, step) };
}
