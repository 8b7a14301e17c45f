import { checkInvariants } from "../invariants/check";
import { findWrongEvents } from "../invariants/conversations";
import type { Finding } from "../invariants/evidence";
import { everySendOnRecord, noneToTheBooked, noTouchTwice } from "../invariants/sends";
import type { Arena } from "./arena";
import { callAllUntilDone, letTimePass } from "./calm";
import { FOLLOW_UPS, RESPONSE_TIMING } from "./jobs";
import { kill, startServer } from "./processes";
import { evidenceOf } from "./trials";
import { CONVERSATIONS, playWorld, SEQUENCES, type World } from "./world";

/** Moments at which one process is held while something else happens, each a story of its own from a world's beginning. */

/** Messages are about to leave; then every lead that they are for gets a meeting; then they may go on. */
export async function bookBeforeLeaving(arena: Arena, folder?: string): Promise<Finding[]> {
  const world = await begin(arena, SEQUENCES);
  const server = await startServer(arena, { death: stopAt("followups send_due"), folder });
  const answer = server.call(FOLLOW_UPS);
  await server.subject.untilSaid(/SIGSTOP at/);
  // All but those that the process has in hand where it was stopped.
  const { rowCount } = await arena.witness.query(
    `UPDATE "Lead" SET "status" = 'meeting-booked'
     WHERE "id" IN (SELECT l."id" FROM "Lead" l JOIN "FollowUpInstance" i ON i."leadId" = l."id"
       WHERE i."claimToken" IS NOT NULL FOR NO KEY UPDATE OF l SKIP LOCKED)`,
  );
  if (rowCount === 0) throw new Error("nobody was about to be written to");
  await server.subject.wake(answer);
  await kill(arena, server.subject);
  return checkInvariants([noneToTheBooked, everySendOnRecord], evidenceNow(arena, world));
}

/** A process is killed when a message has left and its answer is not on record; its claims run out; another run comes. */
export async function dieAfterSending(arena: Arena, folder?: string): Promise<Finding[]> {
  const world = await begin(arena, SEQUENCES);
  const dying = await startServer(arena, {
    death: { step: "followups sent", nth: 3, signal: "SIGKILL" },
    folder,
  });
  await dying.call(FOLLOW_UPS);
  await kill(arena, dying.subject);
  await letTimePass(arena, "1 hour");
  const next = await startServer(arena, { folder });
  await next.call(FOLLOW_UPS);
  await kill(arena, next.subject);
  return checkInvariants([noTouchTwice], evidenceNow(arena, world));
}

/**
 * A run has worked events out and not committed them; then the messages are deleted, and another run goes by; then the
 * first goes on. A third run finds nothing that nobody told it of.
 */
export async function deleteBeforeCommit(arena: Arena, folder?: string): Promise<Finding[]> {
  const world = await begin(arena, CONVERSATIONS);
  // So that no sweep is left to do, which would mend what nobody told of.
  await callAllUntilDone(arena);
  await playWorld(world, 1);
  const server = await startServer(arena, { death: stopAt("response-timing threads_recomputed"), folder });
  const answer = server.call(RESPONSE_TIMING);
  await server.subject.untilSaid(/SIGSTOP at/);
  await arena.witness.query(`UPDATE "Message" SET "deletedAt" = now() WHERE "direction" = 'inbound'`);
  await arena.call(RESPONSE_TIMING);
  await server.subject.wake(answer);
  await kill(arena, server.subject);
  const { body } = await arena.call(RESPONSE_TIMING);
  const texts = await findWrongEvents(world);
  if (body["mismatches"] !== 0) texts.push(`a run found ${body["mismatches"]} events that nothing had changed`);
  return texts.map((text) => ({ invariant: "events are what the definitions make of the threads", text }));
}

function stopAt(step: string) {
  return { step, nth: 1, signal: "SIGSTOP" } as const;
}

async function begin(arena: Arena, size: Parameters<Arena["newWorld"]>[0]): Promise<World> {
  const world = await arena.newWorld(size);
  await playWorld(world, 0);
  return world;
}

function evidenceNow(arena: Arena, world: World) {
  return evidenceOf(arena, world, { underWayMs: 0, toldToTheEnd: false });
}
