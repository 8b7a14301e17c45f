/** A page of the console, and what its link says. */
export interface Place {
  path: string;
  words: string;
}

/** Where the console shows what an alarm is about; null for a kind that it does not know. */
export function placeOfAlarm({ kind, key }: { kind: string; key: string }): Place | null {
  const subject = key.slice(kind.length + 1);
  switch (kind) {
    case "job_overdue":
    case "job_stalled":
    case "run_breaker":
    case "backstop_found":
    case "timing_mismatch":
      return { path: `/runs?job=${encodeURIComponent(subject)}`, words: "its runs" };
    case "sends_uncertain":
      return { path: "/follow-ups?show=send_uncertain", words: "the sends" };
    case "sync_unhealthy":
      return placeOfWorkspace(subject);
    case "credential_dead":
      // The provider comes after the workspace.
      return placeOfWorkspace(subject.slice(0, subject.lastIndexOf(":")));
    default:
      return null;
  }
}

function placeOfWorkspace(id: string): Place {
  return { path: `/workspaces/${encodeURIComponent(id)}`, words: "the workspace" };
}
