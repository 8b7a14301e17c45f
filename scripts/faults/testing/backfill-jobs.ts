import { RECONCILE_STEPS } from "@/lib/appointment-reconcile/deps";
import type { Random } from "../../sandbox/random";
import { findWrongEvents } from "../invariants/conversations";
import { findWrongMeetings } from "../invariants/records";
import { type Arena, untilAsked } from "./arena";
import type { Subject } from "./subject";
import { CONVERSATIONS, MEETINGS, type Size, type World } from "./world";

/** A backfill as faults are thrown at it. A new one joins by an entry in `BACKFILL_JOBS`. */
export interface BackfillJob {
  name: string;
  /** Runs the command, and dies where the environment says. */
  worker: string;
  /** Flags under which it goes through everything, in small pages. */
  flags: readonly string[];
  size: Size;
  steps: readonly string[];
  /** Where it knows what to do and has not done it yet; null where that is one transaction. */
  fallsAsleepAt: string | null;
  /** Resolves when it is somewhere in the middle. */
  untilHalfway(arena: Arena, subject: Subject, random: Random): Promise<void>;
  /** What it should have put on record by itself and did not. */
  findLeftOut(arena: Arena, world: World): Promise<string[]>;
}

/** What a backfill does not do: it takes no turns in a fair order, and leaves the circuit's record to its session. */
const CRON_ONLY_STEPS: readonly string[] = ["circuit_recorded", "turn_marked"];
/** Between these many requests and as many more is the middle of a backfill, and these many batches. */
const REQUESTS_BEFORE = 8;
const REQUESTS = 20;
const BATCHES = 5;

export const APPOINTMENTS: BackfillJob = {
  name: "appointments",
  worker: "scripts/faults/testing/workers/backfill-appointments.ts",
  flags: ["--stale-days", "0", "--page-size", "10", "--client-concurrency", "3"],
  size: MEETINGS,
  steps: RECONCILE_STEPS.filter((step) => !CRON_ONLY_STEPS.includes(step)),
  fallsAsleepAt: "observed",
  untilHalfway: (arena, { ended }, random) =>
    untilAsked(arena, REQUESTS_BEFORE + Math.floor(random() * REQUESTS), ended),
  findLeftOut: ({ scene }, { stage }) => findWrongMeetings(stage, scene.sandbox, scene.runtime.db),
};

export const TIMING_BACKFILL: BackfillJob = {
  name: "response-timing",
  worker: "scripts/faults/testing/workers/backfill-response-timing.ts",
  flags: ["--lookback-days", "3650", "--batch-size", "5", "--allow-pooler"],
  size: CONVERSATIONS,
  steps: ["page_committed", "page_booked"],
  fallsAsleepAt: null,
  untilHalfway: async (_arena, subject, random) => {
    const batch = new RegExp(`\\[batch ${1 + Math.floor(random() * BATCHES)}\\]`);
    // One that had less to do has ended.
    await subject.untilSaid(batch).catch(() => null);
  },
  findLeftOut: async (_arena, world) => findWrongEvents(world),
};

export const BACKFILL_JOBS: readonly BackfillJob[] = [APPOINTMENTS, TIMING_BACKFILL];
