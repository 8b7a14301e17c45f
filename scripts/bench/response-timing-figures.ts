/** One measured number, for people and for programs. */
export interface Figure {
  name: string;
  value: number;
  /** `ms`, `ratio`, `per_second` or `mb`. */
  unit: string;
  /** What the number must not exceed; left out where it only informs. */
  atMost?: number;
}

/** Figures of one benchmark, printed as they come. */
export class Figures {
  readonly all: Figure[] = [];

  constructor(private readonly scope: string) {}

  add(name: string, value: number, unit: string, atMost?: number): void {
    this.all.push({ name: `${this.scope}.${name}`, value, unit, ...(atMost === undefined ? {} : { atMost }) });
    const bound = atMost === undefined ? "" : ` (at most ${atMost})`;
    print(`  ${name.replaceAll("_", " ").padEnd(36)} ${format(value, unit)}${bound}`);
  }
}

const UNITS: Record<string, { digits: number; suffix: string }> = {
  ms: { digits: 1, suffix: " ms" },
  ratio: { digits: 2, suffix: "" },
  per_second: { digits: 0, suffix: "/s" },
  mb: { digits: 0, suffix: " MB" },
};

function format(value: number, unit: string): string {
  const { digits, suffix } = UNITS[unit] ?? { digits: 0, suffix: ` ${unit}` };
  return `${value.toFixed(digits)}${suffix}`;
}

/** The median of the times that `work` takes, each after `prepare`, which is not measured. */
export async function medianMs(
  rounds: number,
  work: () => Promise<unknown>,
  prepare: () => Promise<unknown> = async () => {},
): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await prepare();
    times.push(await timeMs(work));
  }
  return median(times);
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

export async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
