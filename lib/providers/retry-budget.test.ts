import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRetryBudget } from "./retry-budget";

function spendAll(budget: ReturnType<typeof createRetryBudget>): number {
  let spent = 0;
  while (budget.trySpend()) spent += 1;
  return spent;
}

/** So many calls that all fail, each of which would be repeated twice: how many requests that makes. */
function requestsOfFailingCalls(budget: ReturnType<typeof createRetryBudget>, calls: number): number {
  let requests = 0;
  for (let call = 0; call < calls; call += 1) {
    budget.earn();
    requests += 1 + Number(budget.trySpend()) + Number(budget.trySpend());
  }
  return requests;
}

describe("a retry budget", () => {
  it("starts with one retry", () => {
    expect(spendAll(createRetryBudget())).toBe(1);
  });

  it("earns one retry with every ten calls, exactly", () => {
    const budget = createRetryBudget();
    spendAll(budget);
    for (let calls = 0; calls < 9; calls += 1) budget.earn();
    expect(budget.trySpend()).toBe(false);
    budget.earn();
    expect(spendAll(budget)).toBe(1);
  });

  it("lets retries be a tenth of the calls in an outage", () => {
    expect(requestsOfFailingCalls(createRetryBudget(), 1000)).toBe(1000 + 100);
  });

  it("saves up no more than one, or as many as it was made for", () => {
    for (const [budget, saved] of [
      [createRetryBudget(), 1],
      [createRetryBudget({ savedMax: 10 }), 10],
    ] as const) {
      for (let calls = 0; calls < 1000; calls += 1) budget.earn();
      expect(spendAll(budget)).toBe(saved);
    }
  });

  it("makes at most 1.2 requests for each of the failed calls that open a breaker, however well all went before", () => {
    fc.assert(
      fc.property(fc.nat({ max: 1000 }), fc.integer({ min: 5, max: 200 }), (callsBefore, failingCalls) => {
        const budget = createRetryBudget();
        for (let calls = 0; calls < callsBefore; calls += 1) budget.earn();
        expect(requestsOfFailingCalls(budget, failingCalls) / failingCalls).toBeLessThanOrEqual(1.2);
      }),
    );
  });
});
