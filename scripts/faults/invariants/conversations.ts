import type { Check } from "../../demo/checks";
import type { World } from "../testing/world";
import type { Invariant } from "./evidence";

/** What the demo checks of conversations and what holds at any time, and what holds when all is told. */
const ALWAYS = ["WhatsApp messages", "quiet leads", "response times"];
const AT_THE_END = [...ALWAYS, "who answered first", "delays of the AI"];

/**
 * Every message is on record once as it was said, quiet leads are flagged once, and the events of response timing are
 * those that the definitions make of the threads. How much a sync counted as recovered is not compared: one that was
 * killed has counted nothing.
 */
export const conversationsOnRecord: Invariant = {
  name: "what was said is on record once, and timed as it has to be",
  find: ({ world, toldToTheEnd }) => findIn(world, toldToTheEnd ? AT_THE_END : ALWAYS),
};

/** Events that are not what the definitions make of the threads. */
export function findWrongEvents(world: World): Promise<string[]> {
  return findIn(world, ["response times"]);
}

async function findIn({ conversations }: World, names: readonly string[]): Promise<string[]> {
  const checks: Check[] = (await conversations?.checks()) ?? [];
  return checks.filter(({ name }) => names.includes(name)).flatMap(({ disagreements }) => disagreements);
}
