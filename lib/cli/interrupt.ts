/** The signals that ask a backfill to end, and the exit codes that say so. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
type EndingSignal = keyof typeof EXIT_CODES;

/** What is under way has this long to end by itself; then it is cut off, and the checkpoint is written. */
const GRACE_MS = 2_500;

/** How a process was asked to end. */
export interface Interrupt {
  /** Aborts at the first signal: start nothing new. */
  readonly stop: AbortSignal;
  /** Aborts a moment later: cut off what is under way. */
  readonly abort: AbortSignal;
  /** The exit code that the first signal asks for; null while there was none. */
  exitCode(): number | null;
  /** Ends the run from inside, as a signal would, where its output cannot be written any more. */
  giveUp(): void;
  dispose(): void;
}

/**
 * Listens for SIGINT and SIGTERM. The first asks for an orderly end; a second one ends the process at once, which loses
 * nothing, since every page is on the books or is asked for again.
 */
export function listenForInterrupt(onFirst: (signal: EndingSignal) => void): Interrupt {
  const stop = new AbortController();
  const abort = new AbortController();
  let code: number | null = null;
  let grace: NodeJS.Timeout | undefined;
  const begin = () => {
    stop.abort(new Error("the run was asked to stop"));
    grace ??= setTimeout(() => abort.abort(new Error("the run was cut off")), GRACE_MS).unref();
  };
  const listeners = (Object.keys(EXIT_CODES) as EndingSignal[]).map((signal) => {
    const listener = () => {
      if (code !== null) process.exit(EXIT_CODES[signal]);
      code = EXIT_CODES[signal];
      onFirst(signal);
      begin();
    };
    process.on(signal, listener);
    return { signal, listener };
  });
  return {
    stop: stop.signal,
    abort: abort.signal,
    exitCode: () => code,
    giveUp: begin,
    dispose: () => {
      clearTimeout(grace);
      for (const { signal, listener } of listeners) process.off(signal, listener);
    },
  };
}
