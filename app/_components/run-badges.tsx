import type { JobState } from "@/lib/health/rules/job-state";
import { Badge, type Tone } from "./badge";

const RUN_TONES: Record<string, Tone> = {
  completed: "good",
  partial: "accent",
  running: "accent",
  skipped: "neutral",
  failed: "bad",
  abandoned: "bad",
};

export function RunStatus({ status, dryRun }: { status: string; dryRun: boolean }) {
  return (
    <span className="inline-flex flex-wrap gap-1">
      <Badge tone={RUN_TONES[status] ?? "neutral"}>{status}</Badge>
      {dryRun && <Badge tone="neutral">dry run</Badge>}
    </span>
  );
}

const JOB_STATES: Record<JobState, { tone: Tone; words: string }> = {
  ok: { tone: "good", words: "ok" },
  running: { tone: "accent", words: "running" },
  stalled: { tone: "warn", words: "stalled" },
  overdue: { tone: "bad", words: "overdue" },
  never_run: { tone: "neutral", words: "never run" },
};

export function JobStateBadge({ state }: { state: JobState }) {
  const { tone, words } = JOB_STATES[state];
  return <Badge tone={tone}>{words}</Badge>;
}
