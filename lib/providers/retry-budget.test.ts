import { describe, expect, it } from "vitest";
import { createRetryBudget } from "./retry-budget";

function spendAll(budget: ReturnType<typeof createRetryBudget>): number {
  let spent = 0;
  while (budget.trySpend()) spent += 1;
  return spent;
}

describe("a retry budget", () => {
  it("starts with one retry", () => {
    expect(spendAll(createRetryBudget())).toBe(1);
  });

  it("earns one retry with every five calls, exactly", () => {
    const budget = createRetryBudget();
    spendAll(budget);
    for (let calls = 0; calls < 4; calls += 1) budget.earn();
    expect(budget.trySpend()).toBe(false);
    budget.earn();
    expect(spendAll(budget)).toBe(1);
  });

  it("lets retries be a fifth of the calls in an outage", () => {
    const budget = createRetryBudget();
    let retries = 0;
    for (let calls = 0; calls < 1000; calls += 1) {
      budget.earn();
      if (budget.trySpend()) retries += 1;
    }
    expect(retries).toBe(201);
  });

  it("saves up no more than ten", () => {
    const budget = createRetryBudget();
    for (let calls = 0; calls < 1000; calls += 1) budget.earn();
    expect(spendAll(budget)).toBe(10);
  });
});
