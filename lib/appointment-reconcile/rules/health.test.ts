import { describe, expect, it } from "vitest";
import { healthOf, runBreakerTrips, type WorkspaceTally } from "./health";

describe("the health of a run", () => {
  it.each([
    [0, false, "healthy"],
    [1, false, "degraded"],
    [4, false, "degraded"],
    [5, false, "unhealthy"],
    [500, false, "unhealthy"],
    [5, true, "circuit_broken"],
    [0, true, "circuit_broken"],
  ])("with %i errors, its breaker tripped: %s, is %s", (errors, circuitBroken, health) => {
    expect(healthOf({ errors, circuitBroken })).toBe(health);
  });
});

describe("the run's breaker at half of at least five checks", () => {
  const settings = { errorRate: 0.5, checksMin: 5 };
  const checked = (checks: number, failures: number): WorkspaceTally => ({ checks, failures });

  it.each<[string, WorkspaceTally[], number, boolean]>([
    ["trips when two workspaces make up the rate", [checked(3, 2), checked(3, 1)], 9, true],
    ["trips exactly at the rate and the count", [checked(3, 2), checked(3, 1)], 2, true],
    ["holds just below the rate", [checked(4, 2), checked(3, 1)], 9, false],
    ["holds just below the count", [checked(2, 2), checked(2, 2)], 9, false],
    ["is not tripped by one workspace among several", [checked(50, 50), checked(1, 0)], 2, false],
    ["is not tripped by the first workspace of several", [checked(50, 50)], 2, false],
    ["is tripped by the only workspace of a run", [checked(5, 3)], 1, true],
    ["sums over workspaces, the healthy ones included", [checked(5, 5), checked(5, 5), checked(90, 0)], 9, false],
    ["does not trip without a check", [], 1, false],
  ])("%s", (_, tallies, workspacesPlanned, trips) => {
    expect(runBreakerTrips(tallies, { ...settings, workspacesPlanned })).toBe(trips);
  });

  it("does not trip without a failure, whatever the rate", () => {
    const run = { workspacesPlanned: 1, errorRate: 0, checksMin: 0 };
    expect(runBreakerTrips([checked(5, 0)], run)).toBe(false);
  });
});
