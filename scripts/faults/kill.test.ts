import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tell } from "./scoreboard";
import { type Arena, openArena } from "./testing/arena";
import { runScenario } from "./testing/trials";

let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());
describe("x", () => {
  it("calm", async () => {
    const v = await runScenario(arena, { name: "nothing", trials: 3, seed: 1, storm: async () => {} });
    expect(v.findings, tell(v)).toEqual([]);
  });
});
