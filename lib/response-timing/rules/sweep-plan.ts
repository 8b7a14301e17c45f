/**
 * A sweep goes through all leads in so many slices, one a run: what triggers did not see is found within as many runs,
 * and one more where the slices are cut anew meanwhile. Twelve runs are promised.
 */
export const SLICES_MAX = 11;

/** How far a sweep has come, and what the last one that is done has covered. */
export interface SweepState {
  /** How the triggers stood when it began; empty where they were off. Null before the first sweep. */
  triggers: string | null;
  /** How far back it looks, and no change was consumed with a shorter look since; null for any distance. */
  lookbackDays: number | null;
  /** Where the slices end, by lead; one more slice follows the last end. */
  sliceEnds: readonly string[];
  /** The slice that comes next, and the lead up to which it is done. */
  slice: number;
  sliceCursor: string | null;
  slicesLeft: number;
}

/** What a run finds before it decides. */
export interface SweepSituation {
  /** How the triggers stand now; null where some of them do not see what is written. */
  triggers: string | null;
  lookbackDays: number;
  /** The state of what the run is about: all workspaces, or one. Null where there is none. */
  own: SweepState | null;
  /** For a run about one workspace, the state of the sweep of all; else null. */
  general: SweepState | null;
}

export type SweepPlan =
  /** Everything within the lookback was seen, by a trigger or by a sweep. */
  | { kind: "nothing_unseen" }
  /** The next slice is to be swept. */
  | { kind: "sweep"; state: SweepState }
  /** A sweep is to begin, with what follows the lead `after`: it needs slices first. */
  | { kind: "begin"; triggers: string; lookbackDays: number; after: string | null };

/**
 * Whether a run has to look for what no trigger saw. It has to if the triggers stood otherwise when last it was looked,
 * or stand so now that nobody can know; and if it looks further back than changes were heeded.
 *
 * A reason to begin anew in the middle of a sweep keeps the slices, and only counts them all again. Leads keep their turn
 * also from one sweep to the next: those that come late get it however often there is a reason.
 */
export function planSweep({ triggers, lookbackDays, own, general }: SweepSituation): SweepPlan {
  const standing = triggers ?? TRIGGERS_OFF;
  if (own !== null && isOf(own, standing, lookbackDays) && own.slicesLeft > 0) return { kind: "sweep", state: own };
  if ([own, general].some((state) => state !== null && coversAll(state, triggers, lookbackDays))) {
    return { kind: "nothing_unseen" };
  }
  if (own === null || own.slicesLeft === 0) {
    return { kind: "begin", triggers: standing, lookbackDays, after: own && boundsOfSlice(own).after };
  }
  const slicesLeft = own.sliceEnds.length + 1;
  return { kind: "sweep", state: { ...own, triggers: standing, lookbackDays, sliceCursor: null, slicesLeft } };
}

/** The state with which a sweep begins. */
export function beginSweep(
  { triggers, lookbackDays }: { triggers: string; lookbackDays: number },
  { sliceEnds, slice }: { sliceEnds: readonly string[]; slice: number },
): SweepState {
  return { triggers, lookbackDays, sliceEnds, slice, sliceCursor: null, slicesLeft: sliceEnds.length + 1 };
}

/** The state after the slice that came next was done. */
export function finishSlice(state: SweepState): SweepState {
  const slice = (state.slice + 1) % (state.sliceEnds.length + 1);
  return { ...state, slice, sliceCursor: null, slicesLeft: state.slicesLeft - 1 };
}

/** The leads of the slice that comes next: after the first, up to the second, null for no bound. */
export function boundsOfSlice({ sliceEnds, slice, sliceCursor }: SweepState): {
  after: string | null;
  upTo: string | null;
} {
  return { after: sliceCursor ?? sliceEnds[slice - 1] ?? null, upTo: sliceEnds[slice] ?? null };
}

const TRIGGERS_OFF = "";

function isOf(state: SweepState, triggers: string, lookbackDays: number): boolean {
  return state.triggers === triggers && state.lookbackDays === lookbackDays;
}

function coversAll(state: SweepState, triggers: string | null, lookbackDays: number): boolean {
  const isWide = state.lookbackDays === null || state.lookbackDays >= lookbackDays;
  return triggers !== null && state.triggers === triggers && state.slicesLeft === 0 && isWide;
}
