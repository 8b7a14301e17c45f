import { Card, Facts } from "@/app/_components/card";
import { Instant } from "@/app/_components/instant";
import { JobStateBadge } from "@/app/_components/run-badges";
import { type SparkBar, Sparkline } from "@/app/_components/sparkline";
import { TextLink } from "@/app/_components/text-link";
import { type JobView, RUNS_SHOWN } from "@/lib/console/overview";
import { describeMs } from "@/lib/console/rules/words";

/** How one cron stands: its state, when it last did its work, when it is due, and how its last runs went. */
export function JobCard({ job, now }: { job: JobView; now: Date }) {
  const instantAgo = (at: Date | null) =>
    at === null ? "never" : <Instant at={at.toISOString()} now={now.toISOString()} show="ago" />;
  return (
    <Card title={job.job} aside={<JobStateBadge state={job.state} />}>
      <Facts
        items={{
          "Last success": instantAgo(job.lastSuccessAt),
          "Next due": instantAgo(job.nextDueAt),
          "Oldest work that waits": job.lagMs === null ? "none" : describeMs(job.lagMs),
          "Last run took": job.latest?.durationMs == null ? "–" : describeMs(job.latest.durationMs),
        }}
      />
      <div className="mt-4 grid grid-cols-2 gap-x-6 gap-y-1 text-sm text-muted">
        <p>Durations</p>
        <p>Errors</p>
        <Sparkline bars={job.runs.map(durationBar)} places={RUNS_SHOWN} label={describeDurations(job)} />
        <Sparkline bars={job.runs.map(errorBar)} places={RUNS_SHOWN} label={describeErrors(job)} />
      </div>
      <p className="mt-3 text-sm">
        <TextLink href={`/runs?job=${job.job}`}>All runs of {job.job}</TextLink>
      </p>
    </Card>
  );
}

type Run = JobView["runs"][number];

function durationBar({ id, durationMs, failed }: Run): SparkBar {
  return { key: id, value: durationMs ?? 0, tone: failed ? "bad" : "usual" };
}

function errorBar({ id, errors }: Run): SparkBar {
  return { key: id, value: errors, tone: "bad" };
}

function describeDurations({ runs }: JobView): string {
  const longest = Math.max(0, ...runs.map((run) => run.durationMs ?? 0));
  const failed = runs.filter((run) => run.failed).length;
  return `Durations of the last ${runs.length} runs: the longest took ${describeMs(longest)}, ${failed} failed.`;
}

function describeErrors({ runs }: JobView): string {
  const errors = runs.reduce((sum, run) => sum + run.errors, 0);
  return `Errors in the last ${runs.length} runs: ${errors}.`;
}
