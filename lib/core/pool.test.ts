import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PlaceHooks, runPool } from "./pool";

describe("a pool", () => {
  it("works on every item once, and on no more at a time than there are places", async () => {
    const items = fc.array(fc.record({ turns: fc.nat(5), parks: fc.boolean() }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(items, fc.integer({ min: 1, max: 6 }), async (plans, places) => {
        const worked: number[] = [];
        const queue = plans.map((plan, index) => ({ ...plan, index }));
        let atWork = 0;
        await runPool({
          places,
          next: () => queue.shift(),
          work: async ({ turns, parks, index }, place) => {
            // Those who come back from a wait may be one too many for a moment; nobody is started on top of them.
            expect(atWork).toBeLessThan(places);
            atWork++;
            await pass(turns);
            if (parks) {
              atWork--;
              place.parked();
              await pass(turns);
              place.resumed();
              atWork++;
            }
            await pass(turns);
            worked.push(index);
            atWork--;
          },
        });
        expect(worked.toSorted((a, b) => a - b)).toEqual(plans.map((_, index) => index));
        expect(atWork).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it("has nothing to do where there is nothing", async () => {
    await expect(runPool({ places: 3, next: () => undefined, work: fail })).resolves.toBeUndefined();
  });

  it("gives the place of parked work to another, and waits for the parked work in the end", async () => {
    const log: string[] = [];
    const other = signal();
    const queue = ["parks", "other"];
    await runPool({
      places: 1,
      next: () => queue.shift(),
      work: async (item, place) => {
        log.push(`${item} starts`);
        if (item === "parks") {
          place.parked();
          await other.given;
          place.resumed();
        } else {
          other.give();
        }
        log.push(`${item} ends`);
      },
    });
    expect(log).toEqual(["parks starts", "other starts", "other ends", "parks ends"]);
  });

  it("asks again for what was not there before whenever a place comes free", async () => {
    const queue = [1];
    const worked: number[] = [];
    await runPool({
      places: 1,
      next: () => queue.shift(),
      work: async (item) => {
        worked.push(item);
        if (item < 4) queue.push(item + 1);
      },
    });
    expect(worked).toEqual([1, 2, 3, 4]);
  });

  it("starts nothing after an error, ends what is under way, and rejects with the first", async () => {
    const queue = ["slow", "fails", "fails later", "never"];
    const ended: string[] = [];
    const run = runPool({
      places: 3,
      next: () => queue.shift(),
      work: async (item) => {
        await pass(item === "slow" ? 20 : item === "fails" ? 1 : 5);
        ended.push(item);
        if (item !== "slow") throw new Error(item);
      },
    });
    await expect(run).rejects.toThrow(new Error("fails"));
    expect(ended).toEqual(["fails", "fails later", "slow"]);
    expect(queue).toEqual(["never"]);
  });

  it("fails with the error of parked work too", async () => {
    const queue = [1, 2];
    const work = async (item: number, place: PlaceHooks) => {
      place.parked();
      await pass(1);
      place.resumed();
      if (item === 1) throw new Error("while it waited");
    };
    await expect(runPool({ places: 1, next: () => queue.shift(), work })).rejects.toThrow("while it waited");
  });
});

async function pass(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
}

async function fail(): Promise<void> {
  throw new Error("there was nothing to work on");
}

function signal() {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}
