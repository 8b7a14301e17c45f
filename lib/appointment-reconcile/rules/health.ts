export type RunHealth = "healthy" | "degraded" | "unhealthy" | "circuit_broken";

/** From this many failed checks on, a run is unhealthy and no longer merely degraded. */
const UNHEALTHY_ERRORS_MIN = 5;

/** How a run went, in one word. */
export function healthOf(run: { errors: number; circuitBroken: boolean }): RunHealth {
  if (run.circuitBroken) return "circuit_broken";
  if (run.errors === 0) return "healthy";
  return run.errors < UNHEALTHY_ERRORS_MIN ? "degraded" : "unhealthy";
}

/** What became of one workspace's checks, as far as the run's breaker is concerned. */
export interface WorkspaceTally {
  checks: number;
  failures: number;
}

/**
 * Whether the run's own breaker trips. Failures of one workspace say nothing about the others, so they must come from
 * at least two, or the run must have just one.
 */
export function runBreakerTrips(
  tallies: readonly WorkspaceTally[],
  run: { workspacesPlanned: number; errorRate: number; checksMin: number },
): boolean {
  const checks = tallies.reduce((sum, tally) => sum + tally.checks, 0);
  const failures = tallies.reduce((sum, tally) => sum + tally.failures, 0);
  const failing = tallies.filter((tally) => tally.failures > 0).length;
  if (failures === 0 || checks < run.checksMin || failures / checks < run.errorRate) return false;
  return failing >= 2 || run.workspacesPlanned === 1;
}
