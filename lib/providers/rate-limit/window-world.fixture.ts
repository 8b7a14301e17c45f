import fc from "fast-check";
import { exchange, type Window, type WindowLimits } from "./window";

/**
 * A world of holders that do as `AccountLimiter` does, and worse: they ask and are answered late, send as long as they
 * may, and die at any moment. Simulated time in milliseconds; the database's clock and theirs run alike.
 */
export interface World {
  limits: WindowLimits;
  nowMs: number;
  window: Window;
  holders: Holder[];
  /** When the provider counted each request: some time between its sending and its answer. */
  arrivalsMs: number[];
  grantedWhileBlocked: number;
}

interface Holder {
  /** A process that starts again after its death is another holder. */
  life: number;
  tokens: number;
  usableUntilMs: number;
  /** When the answers to what was sent come, or came. */
  answersMs: number[];
  /** What an exchange that has not reached the database yet will say there. */
  asking: { askedAtMs: number; answeredMs: number[]; inFlight: number; wanted: number } | null;
}

export type Move =
  | { kind: "pass"; ms: number }
  /** Says what was answered and what is under way; until the database has it, nothing is sent. */
  | { kind: "ask"; holder: number; wanted: number }
  /** The database gets to it. */
  | { kind: "exchange"; holder: number }
  | { kind: "send"; holder: number; requests: number; latency: number; arrival: number }
  /** Takes its tokens and all that it knows with it; what it has sent is on its way all the same. */
  | { kind: "crash"; holder: number }
  | { kind: "block"; ms: number };

/** How many holders there are at a time. */
const HOLDERS = 3;

/** What holders do and what happens to them. Times are drawn from around the limits' own, where mistakes would be. */
export function arbitraryMoves(limits: WindowLimits): fc.Arbitrary<Move[]> {
  const { requestsMax, windowMs, holdMs, requestMsMax } = limits;
  const holder = fc.nat({ max: HOLDERS - 1 });
  const share = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(0, 1) }, fc.double({ min: 0, max: 1, noNaN: true }));
  const edge = fc.constantFrom(holdMs, requestMsMax, windowMs, windowMs + requestMsMax);
  const ms = fc.oneof(
    fc.nat(30),
    fc.nat(windowMs),
    fc.tuple(edge, fc.integer({ min: -1, max: 26 })).map(([at, past]) => at + past),
  );
  const move = <Kind extends Move["kind"]>(kind: Kind) => ({ kind: fc.constant(kind) });
  const one = fc.oneof(
    { weight: 6, arbitrary: fc.record({ ...move("pass"), ms }) },
    { weight: 6, arbitrary: fc.record({ ...move("ask"), holder, wanted: fc.nat({ max: requestsMax + 1 }) }) },
    { weight: 6, arbitrary: fc.record({ ...move("exchange"), holder }) },
    {
      weight: 6,
      arbitrary: fc.record({
        ...move("send"),
        holder,
        requests: fc.integer({ min: 1, max: requestsMax }),
        latency: share,
        arrival: share,
      }),
    },
    { weight: 1, arbitrary: fc.record({ ...move("crash"), holder }) },
    { weight: 1, arbitrary: fc.record({ ...move("block"), ms }) },
  );
  // What holders mostly do, in one go, at once or at the last moment: single moves seldom get as far as a full window.
  const spree = fc
    .tuple(holder, fc.constantFrom(0, holdMs - 1), share, share)
    .map(([who, pauseMs, latency, arrival]) => {
      const granted: Move[] = [
        { kind: "ask", holder: who, wanted: requestsMax },
        { kind: "exchange", holder: who },
      ];
      const used: Move[] = [
        { kind: "pass", ms: pauseMs },
        { kind: "send", holder: who, requests: requestsMax, latency, arrival },
      ];
      return [...granted, ...used];
    });
  const some: fc.Arbitrary<Move[]> = fc.oneof(
    { weight: 1, arbitrary: one.map((only): Move[] => [only]) },
    { weight: 1, arbitrary: ms.map((pauseMs): Move[] => [{ kind: "pass", ms: pauseMs }]) },
    { weight: 1, arbitrary: spree },
  );
  return fc.array(some, { maxLength: 60, size: "max" }).map((parts) => parts.flat());
}

export function startWorld(limits: WindowLimits): World {
  const holders = Array.from({ length: HOLDERS }, () => newHolder(0));
  const window = { slots: [], blockedUntilMs: null };
  return { limits, nowMs: 0, window, holders, arrivalsMs: [], grantedWhileBlocked: 0 };
}

/** The longest that anything can be taken for: a token held to the end, its request at its longest, and the window. */
export function tailMs(limits: WindowLimits): number {
  return limits.holdMs + limits.requestMsMax + limits.windowMs;
}

export function applyMove(world: World, move: Move): void {
  if (move.kind === "pass") {
    world.nowMs += move.ms;
    return;
  }
  if (move.kind === "block") {
    world.window.blockedUntilMs = Math.max(world.window.blockedUntilMs ?? 0, world.nowMs + move.ms);
    return;
  }
  const one = world.holders[move.holder];
  if (!one) return;
  switch (move.kind) {
    case "ask":
      askForTokens(world, one, move.wanted);
      return;
    case "exchange":
      reachDatabase(world, one, `${move.holder}.${one.life}`);
      return;
    case "send":
      for (let sent = 0; sent < move.requests; sent++) sendOne(world, one, move);
      return;
    case "crash":
      world.holders[move.holder] = newHolder(one.life + 1);
  }
}

function newHolder(life: number): Holder {
  return { life, tokens: 0, usableUntilMs: 0, answersMs: [], asking: null };
}

function askForTokens(world: World, one: Holder, wanted: number): void {
  if (one.asking) return;
  const isAnswered = (at: number) => at <= world.nowMs;
  const answeredMs = one.answersMs.filter(isAnswered);
  one.answersMs = one.answersMs.filter((at) => !isAnswered(at));
  one.tokens = 0;
  one.asking = { askedAtMs: world.nowMs, answeredMs, inFlight: one.answersMs.length, wanted };
}

function reachDatabase(world: World, one: Holder, name: string): void {
  if (!one.asking) return;
  const { askedAtMs, answeredMs, inFlight, wanted } = one.asking;
  one.asking = null;
  const answeredAgesMs = answeredMs.map((at) => askedAtMs - at);
  const isBlocked = (world.window.blockedUntilMs ?? 0) > world.nowMs;
  const request = { holder: name, answeredAgesMs, inFlight, wanted };
  const { window, granted } = exchange(world.window, world.nowMs, request, world.limits);
  world.window = window;
  one.tokens = granted;
  one.usableUntilMs = askedAtMs + world.limits.holdMs;
  if (isBlocked) world.grantedWhileBlocked += granted;
}

/** `latency` and `arrival` are shares: of the longest request, and of this one's time under way. */
function sendOne(world: World, one: Holder, { latency, arrival }: { latency: number; arrival: number }): void {
  if (one.asking || one.tokens === 0 || world.nowMs >= one.usableUntilMs) return;
  one.tokens--;
  const latencyMs = latency * world.limits.requestMsMax;
  one.answersMs.push(world.nowMs + latencyMs);
  world.arrivalsMs.push(world.nowMs + latencyMs * arrival);
}
