import type { Logger } from "@/lib/core/log";
import type { Heartbeat, SendHeartbeat } from "./messenger";

/**
 * A run sends its start only if it still runs after this long. One that finds the lease taken has ended by then and sends
 * nothing at all: whoever has the lease speaks for the job, and a start without an end would look like a run that hangs.
 */
const START_AFTER_MS = 500;

/** What a run tells those who watch its job from outside. */
export interface RunHeartbeat {
  /** The run is on record. */
  recorded(runId: string): void;
  /** Ends what was begun. A run that was skipped says nothing, unless its start was told before that was known. */
  end(signal: "success" | "fail" | "skipped", giveUp: AbortSignal): Promise<void>;
}

/** Speaks for a run. Nothing here fails: what cannot be told is logged without its address. */
export function createHeartbeat(deps: { sendHeartbeat: SendHeartbeat; log: Logger }, job: string): RunHeartbeat {
  const startOver = new AbortController();
  let runId: string | null = null;
  let started: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  return {
    recorded(id) {
      runId = id;
      const tellStart = () => {
        started = tell(deps, { job, runId, signal: "start" }, startOver.signal);
      };
      timer = setTimeout(tellStart, START_AFTER_MS).unref();
    },
    async end(signal, giveUp) {
      clearTimeout(timer);
      if (signal === "skipped" && started === null) return;
      giveUp.addEventListener("abort", () => startOver.abort(), { once: true });
      // A start that arrived after the end would begin a run that never ends.
      await started;
      await tell(deps, { job, runId, signal: signal === "fail" ? "fail" : "success" }, giveUp);
    },
  };
}

async function tell(
  { sendHeartbeat, log }: { sendHeartbeat: SendHeartbeat; log: Logger },
  beat: Heartbeat,
  giveUp: AbortSignal,
): Promise<void> {
  const delivery = await sendHeartbeat(beat, giveUp);
  if (delivery?.kind !== "failed") return;
  const { job, runId, signal } = beat;
  log.warn({ job, runId, signal, reason: delivery.reason }, "heartbeat could not be sent");
}
