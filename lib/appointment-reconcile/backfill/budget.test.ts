import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LeadBudget } from "./budget";

describe("a budget of leads", () => {
  it("is spent exactly, however workspaces share it and whatever their pages needed", async () => {
    const workspace = fc.array(fc.record({ wanted: fc.integer({ min: 1, max: 9 }), has: fc.nat({ max: 9 }) }));
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 40 }), fc.array(workspace, { maxLength: 5 }), async (total, workspaces) => {
        const budget = new LeadBudget(total);
        let spent = 0;
        const walk = async (pages: { wanted: number; has: number }[]) => {
          for (const { wanted, has } of pages) {
            const granted = await budget.reserve(wanted);
            if (granted === 0) return;
            await Promise.resolve();
            const used = Math.min(granted, has);
            spent += used;
            budget.settle(granted, used);
          }
        };
        await Promise.all(workspaces.map(walk));
        expect(spent).toBeLessThanOrEqual(total);
        expect(await budget.reserve(100)).toBe(Math.min(100, total - spent));
      }),
    );
  });

  it("gives what one page did not need to who waits for it", async () => {
    const budget = new LeadBudget(5);
    expect(await budget.reserve(5)).toBe(5);
    const waiting = budget.reserve(5);
    budget.settle(5, 2);
    expect(await waiting).toBe(3);
    const tooLate = budget.reserve(1);
    budget.settle(3, 3);
    expect(await tooLate).toBe(0);
  });
});
