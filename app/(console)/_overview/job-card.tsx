import type { ReactNode } from "react";
import { Card } from "@/app/_components/card";
import { Instant } from "@/app/_components/instant";
import { JobStateBadge } from "@/app/_components/run-badges";
import { type SparkBar, Sparkline } from "@/app/_components/sparkline";
import { TextLink } from "@/app/_components/text-link";
import { describeMs } from "@/lib/console/rules/words";
import { SECOND_MS } from "@/lib/core/time";
import { type JobView, RUNS_SHOWN } from "./read-overview";

/** How one cron stands: its state, when it last did its work, when it is due, and how its last runs went. */
export function JobCard({ job, now }: { job: JobView; now: Date }) {
  const instantAgo = (at: Date | null) =>
    at === null ? "never" : <Instant at={at.toISOString()} now={now.toISOString()} show="ago" />;
  return (
    <Card title={job.job} aside={<JobStateBadge state={job.state} />}>
      <dl className="grid grid-cols-2 gap-x-4 gap-y-3">
        <Figure name="Last success">{instantAgo(job.lastSuccess)}</Figure>
        <Figure name="Next due">{instantAgo(job.nextDue)}</Figure>
        <Figure name="Oldest waiting">{describeLag(job.lagSeconds)}</Figure>
        <Figure name="Last run took">
          {job.lastRun?.durationMs == null ? "–" : describeMs(job.lastRun.durationMs)}
        </Figure>
      </dl>
      <div className="mt-4 grid grid-cols-2 gap-x-4 gap-y-1 text-sm text-muted">
        <p>Durations</p>
        <p>Errors: {job.runs.reduce((sum, run) => sum + run.errors, 0)}</p>
        <Sparkline bars={job.runs.map(durationBar)} places={RUNS_SHOWN} label={describeDurations(job)} />
        <Sparkline bars={job.runs.map(errorBar)} places={RUNS_SHOWN} label={describeErrors(job)} />
      </div>
      <p className="mt-3 text-sm">
        <TextLink href={`/runs?job=${job.job}`}>All its runs</TextLink>
      </p>
    </Card>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="font-medium tabular-nums">{children}</dd>
    </div>
  );
}

/** Nothing waits, nobody knows, or so long. */
function describeLag(lagSeconds: number | null): string {
  if (lagSeconds === null) return "not known";
  return lagSeconds === 0 ? "none" : describeMs(lagSeconds * SECOND_MS);
}

type Run = JobView["runs"][number];

function isFailed({ status }: Run): boolean {
  return status === "failed" || status === "abandoned";
}

function durationBar(run: Run): SparkBar {
  return { key: run.id, value: run.durationMs ?? 0, tone: isFailed(run) ? "bad" : "usual" };
}

function errorBar({ id, errors }: Run): SparkBar {
  return { key: id, value: errors, tone: "bad" };
}

function describeDurations({ runs }: JobView): string {
  const longest = Math.max(0, ...runs.map((run) => run.durationMs ?? 0));
  const failed = runs.filter(isFailed).length;
  return `Durations of the last ${runs.length} runs: the longest took ${describeMs(longest)}, ${failed} failed.`;
}

function describeErrors({ runs }: JobView): string {
  const errors = runs.reduce((sum, run) => sum + run.errors, 0);
  return `Errors in the last ${runs.length} runs: ${errors}.`;
}
