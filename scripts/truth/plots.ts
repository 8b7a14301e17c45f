import type { Actor } from "./actor";
import type { Ending } from "./expected";

/** How a lead is when the demo begins. */
export type Beginning =
  | "unknown"
  /** A meeting was booked, and its webhook got through. */
  | "meeting ahead on record"
  | "meeting over on record"
  | "not interested";

/** What happens to a lead before each tick, and what has to have come of it. Written down by hand, not worked out. */
export interface Plot {
  readonly beginning?: Beginning;
  readonly acts: readonly [Act, Act, Act];
  readonly ending: Ending;
  /** One task per cancellation of a meeting that was known and ahead. */
  readonly cancellations?: number;
  /** One task per new time of such a meeting. */
  readonly moves?: number;
}

type Act = (actor: Actor) => void;

const waits: Act = () => undefined;
const books: Act = (actor) => actor.books();
const cancels: Act = (actor) => actor.cancels();
const moves: Act = (actor) => actor.moves();
const rebooks: Act = (actor) => actor.rebooks();

/** In the order in which they are dealt out, so that every workspace with 24 leads has each of them. */
export const PLOTS: readonly Plot[] = [
  { acts: [books, waits, waits], ending: "booked" },
  { acts: [books, cancels, waits], ending: "lost", cancellations: 1 },
  { acts: [waits, waits, waits], ending: "untouched" },
  { acts: [books, moves, waits], ending: "booked", moves: 1 },
  { acts: [waits, books, waits], ending: "booked" },
  { acts: [books, cancels, books], ending: "booked", cancellations: 1 },
  { acts: [waits, waits, waits], ending: "untouched" },
  { acts: [books, rebooks, waits], ending: "booked", moves: 1 },
  { acts: [books, moves, moves], ending: "booked", moves: 2 },
  { acts: [books, (actor) => actor.isCalledOff(), waits], ending: "lost", cancellations: 1 },
  { acts: [waits, books, cancels], ending: "lost", cancellations: 1 },
  { acts: [waits, waits, waits], ending: "untouched" },
  { acts: [books, (actor) => actor.isErased(), waits], ending: "lost", cancellations: 1 },
  { acts: [bookAndCancel, waits, waits], ending: "untouched" },
  { beginning: "meeting over on record", acts: [waits, (actor) => actor.missesIt(), waits], ending: "booked" },
  { beginning: "meeting over on record", acts: [waits, waits, (actor) => actor.attends()], ending: "booked" },
  { beginning: "meeting ahead on record", acts: [waits, cancels, waits], ending: "lost", cancellations: 1 },
  { beginning: "meeting ahead on record", acts: [moves, waits, rebooks], ending: "booked", moves: 2 },
  { acts: [bookTwice, (actor) => actor.cancelsFirst(), waits], ending: "booked", cancellations: 1 },
  { beginning: "not interested", acts: [books, waits, waits], ending: "left to people" },
  { acts: [waits, waits, books], ending: "booked" },
  { acts: [waits, waits, waits], ending: "untouched" },
  { acts: [attendedLongAgo, waits, waits], ending: "untouched" },
  { acts: [books, waits, cancels], ending: "lost", cancellations: 1 },
];

/** For those whose provider cannot be asked: whatever they do, nothing may be made up about them. */
export const UNHEARD: Plot = { acts: [books, moves, cancels], ending: "untouched" };

/** Made and cancelled before anybody looked: history, and nobody's task. */
function bookAndCancel(actor: Actor): void {
  actor.books();
  actor.cancels();
}

function bookTwice(actor: Actor): void {
  actor.books();
  actor.books();
}

function attendedLongAgo(actor: Actor): void {
  actor.hadMeeting();
  actor.attends();
}
