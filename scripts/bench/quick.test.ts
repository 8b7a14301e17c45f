import { beforeAll, describe, expect, it } from "vitest";
import { runScript } from "../testing/process";
import { readQuickResults } from "./publish";
import type { Result } from "./report";

/** Those that compare with a limit: each of them checks what it did, and what they count is the same on every machine. */
const COUNTED = ["reconcile", "response-timing"];

describe("the short form of the benchmarks", () => {
  let results: Result[];
  beforeAll(async () => {
    const environment = { HOME: process.env["HOME"] ?? "" };
    const flags = ["--quick", "--only", COUNTED.join(",")];
    const ended = await runScript("scripts/bench.ts", flags, environment, { asPeopleDo: true });
    expect(ended.code, ended.stderr).toBe(0);
    results = await readQuickResults(COUNTED);
  }, 300_000);

  it("measures every part", () => {
    expect(results).toHaveLength(COUNTED.length);
    for (const { title, figures } of results) expect(figures.length, title).toBeGreaterThan(0);
  });

  it("asks a provider no more for an unchanged lead than the barest loop does, and the database hardly at all", () => {
    const figures = results.flatMap((result) => result.figures);
    const counted = (what: string) => figures.find((figure) => figure.what === what)?.value;
    const bare = counted("the same requests as we send them, and nothing else: requests per lead");
    expect(bare).toBe(2);
    expect(counted("unchanged leads: requests per lead")).toBe(bare);
    expect(counted("unchanged leads: statements per lead")).toBeLessThan(0.5);
    expect(counted("one lead after the other with Prisma: statements per lead")).toBeGreaterThanOrEqual(3);
  });
});
