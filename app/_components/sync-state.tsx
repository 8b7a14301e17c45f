import type { SyncJudgement } from "@/lib/background-sync/rules/health";
import { Badge, type Tone } from "./badge";

const STATES: Record<SyncJudgement["state"], { tone: Tone; words: string }> = {
  healthy: { tone: "good", words: "healthy" },
  degraded: { tone: "warn", words: "degraded" },
  unhealthy: { tone: "bad", words: "unhealthy" },
  never_run: { tone: "neutral", words: "never run" },
};

const REASONS: Record<NonNullable<SyncJudgement["because"]>, string> = {
  runs_failed: "its runs fail",
  messages_missed: "messages were missing",
  nothing_listed: "Kapso lists nothing",
  no_success: "no run came to its end for three hours",
};

/** How a workspace's sync is, and what it was that left it so. */
export function SyncState({ state, because }: SyncJudgement) {
  const { tone, words } = STATES[state];
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2">
      <Badge tone={tone}>{words}</Badge>
      {because && <span className="text-sm text-muted">{REASONS[because]}</span>}
    </span>
  );
}
