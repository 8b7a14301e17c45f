import { clearLine, cursorTo } from "node:readline";

/** How often the line on a terminal is rewritten. */
const TERMINAL_EVERY_MS = 200;
/** How often a line is written where there is no terminal: often enough to see that it lives, rare enough to read. */
const PLAIN_EVERY_MS = 5_000;
/** The rate is that of the last while, so that a wait shows and is forgotten again. */
const RATE_WINDOW_MS = 15_000;

const WAIT_WORDS: Record<string, string> = {
  rate_limit: "rate limit",
  circuit: "open circuit",
  lease: "another process",
};

/** Tells people on stderr how far a backfill has come, how fast, until when, and why it waits. */
export class Progress {
  private done = 0;
  private total = 0;
  private readonly waits = new Map<string, number>();
  private samples: { atMs: number; done: number }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private lastLine = "";

  constructor(private readonly output: NodeJS.WriteStream) {}

  start(): void {
    this.samples = [{ atMs: performance.now(), done: 0 }];
    const everyMs = this.output.isTTY ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS;
    this.timer = setInterval(() => this.show(), everyMs).unref();
  }

  expect(leads: number): void {
    this.total += leads;
  }

  advance(leads: number): void {
    this.done += leads;
  }

  /** Something waits, until the returned function is called. */
  waiting(reason: string): () => void {
    this.waits.set(reason, (this.waits.get(reason) ?? 0) + 1);
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      this.waits.set(reason, (this.waits.get(reason) ?? 1) - 1);
    };
  }

  /** A line that stays, above the progress. */
  say(line: string): void {
    if (this.output.isTTY) this.clear();
    this.output.write(`${line}\n`);
  }

  stop(): void {
    clearInterval(this.timer);
    if (this.output.isTTY) this.clear();
    this.output.write(`${this.line()}\n`);
  }

  private show(): void {
    const line = this.line();
    if (this.output.isTTY) {
      this.clear();
      this.output.write(line.slice(0, (this.output.columns ?? 80) - 1));
    } else if (line !== this.lastLine) {
      this.output.write(`${line}\n`);
    }
    this.lastLine = line;
  }

  private line(): string {
    const rate = this.ratePerSecond();
    const left = Math.max(0, this.total - this.done);
    const share = this.total === 0 ? 100 : Math.min(100, Math.floor((100 * this.done) / this.total));
    const eta = left === 0 ? "" : `, ${rate > 0 ? `${describeDuration(left / rate)} left` : "time left unknown"}`;
    const reasons = [...this.waits].filter(([, count]) => count > 0);
    const why = reasons.map(([reason, count]) => `${WAIT_WORDS[reason] ?? reason} (${count})`).join(", ");
    return `${group(this.done)} of ${group(this.total)} leads (${share} %), ${rate.toFixed(1)}/s${eta}${why && `, waiting for: ${why}`}`;
  }

  private ratePerSecond(): number {
    const nowMs = performance.now();
    this.samples.push({ atMs: nowMs, done: this.done });
    while (this.samples.length > 2 && (this.samples[1]?.atMs ?? nowMs) < nowMs - RATE_WINDOW_MS) this.samples.shift();
    const [first] = this.samples;
    if (!first || nowMs === first.atMs) return 0;
    return (1000 * (this.done - first.done)) / (nowMs - first.atMs);
  }

  private clear(): void {
    clearLine(this.output, 0);
    cursorTo(this.output, 0);
  }
}

function describeDuration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

function group(count: number): string {
  return count.toLocaleString("en-US");
}
