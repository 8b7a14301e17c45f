import { Cron } from "croner";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { parseEnv } from "@/lib/env";
import { JOB_RULES, WATCHED_JOBS } from "@/lib/health/jobs";
import { createRuntime } from "@/lib/runtime";
import vercel from "@/vercel.json";
import { countLines, isTestFile, readSourceFiles, type SourceFile } from "./source-files";

/** When each job runs, in UTC. */
const SCHEDULES: Record<string, string> = {
  "appointment-reconcile": "* * * * *",
  followups: "* * * * *",
  "response-timing": "*/5 * * * *",
  "background-sync": "0 * * * *",
};

/** A route declares; what it declares is elsewhere. */
const ROUTE_LINES_MAX = 24;

/** What the door keeps of the platform's limit for itself. */
const CLOSING_MS = 5_000;

const crons = z.object({ crons: z.array(z.object({ path: z.string(), schedule: z.string() })) }).parse(vercel).crons;
const files = readSourceFiles(["app", "lib", "scripts"]).filter((file) => !isTestFile(file));
const routes = files.filter(({ path }) => path.startsWith("app/api/cron/"));

describe("vercel.json", () => {
  it("ticks every cron route once, on its schedule, and nothing else", () => {
    const expected = routes.map((route) => ({ path: `/api/cron/${jobOf(route)}`, schedule: SCHEDULES[jobOf(route)] }));
    expect(crons.length).toBeGreaterThan(0);
    expect(crons.toSorted((a, b) => a.path.localeCompare(b.path))).toEqual(expected);
  });

  it.each(crons)("has a schedule for $path that ticks", ({ schedule }) => {
    expect(new Cron(schedule, { timezone: "UTC", paused: true }).nextRun()).toBeInstanceOf(Date);
  });
});

describe.each(routes.map((route) => [route.path, route] as const))("%s", (_, route) => {
  it("lies where Next finds it, under its job's name", () => {
    expect(route.path).toBe(`app/api/cron/${jobOf(route)}/route.ts`);
    expect(find(route, /^ {2}job: "(.+)",$/m)).toBe(jobOf(route));
  });

  it("is made by the one way in, and only declares", () => {
    expect(route.text).toContain(`import { defineCron } from "@/lib/cron/define-cron";`);
    expect(find(route, /^export const \{ (.+) \} = defineCron\(\{$/m)).toBe("GET, POST, HEAD");
    expect(route.text.match(/^export .*?\b(GET|POST|PUT|PATCH|DELETE|OPTIONS)\b/gm)).toHaveLength(1);
    expect(countLines(route)).toBeLessThanOrEqual(ROUTE_LINES_MAX);
  });

  it("tells Next and the door the same limit, and never answers from a cache", () => {
    const maxDuration = find(route, /^export const maxDuration = (\d+);$/m);
    expect(find(route, /^ {2}maxDuration: (\d+),$/m)).toBe(maxDuration);
    expect(find(route, /^export const dynamic = "(.+)";$/m)).toBe("force-dynamic");
  });

  it("has a budget of its own that ends before the platform's limit", () => {
    // A variable of the environment, which a parameter may replace, or a figure where there is no variable for the job.
    const budget = find(route, /^ {2}budgetMs: \(.*\) => (?:params\.\w+ \?\? )?(?:runtime\.env\.)?(\w+),$/m);
    const isFigure = /^\d/.test(budget);
    const budgetMs = isFigure ? Number(budget.replaceAll("_", "")) : Reflect.get(parseEnv({}), budget);
    expect(z.number().parse(budgetMs)).toBeLessThanOrEqual(
      Number(find(route, /^export const maxDuration = (\d+);$/m)) * 1000 - CLOSING_MS,
    );
  });
});

describe("what health watches", () => {
  it("are the crons of vercel.json, each with rules of its own", () => {
    expect(WATCHED_JOBS.map(({ job, schedule }) => ({ path: `/api/cron/${job}`, schedule }))).toEqual(crons);
    expect(WATCHED_JOBS.filter(({ job }) => JOB_RULES[job] === undefined)).toEqual([]);
    expect(Object.keys(JOB_RULES).filter((job) => SCHEDULES[job] === undefined)).toEqual([]);
  });

  it("can be measured where it says so", async () => {
    const { db, health } = createRuntime(parseEnv({ DATABASE_URL: "postgresql://nobody@127.0.0.1:1/nothing" }));
    const measured = WATCHED_JOBS.filter(({ lag }) => lag.from === "measured").map(({ job }) => job);
    expect(Object.keys(health.lagProbes).toSorted()).toEqual(measured.toSorted());
    await db.$disconnect();
  });
});

it("makes crons in routes and nowhere else", () => {
  const making = files.filter(({ text }) => /\bdefineCron\b.*\(\{$/m.test(text));
  expect(making.map(({ path }) => path)).toEqual(routes.map(({ path }) => path));
});

describe("every other route", () => {
  const others = files.filter(({ path }) => path.startsWith("app/api/") && !path.startsWith("app/api/cron/"));

  it.each(others.map((route) => [route.path, route] as const))("%s is made by the one way to read", (_, route) => {
    expect(find(route, /^export const \{ (.+) \} = defineRead\(\{$/m)).toBe("GET, HEAD");
    expect(route.text.match(/^export .*?\b(GET|POST|PUT|PATCH|DELETE|OPTIONS)\b/gm)).toHaveLength(1);
    expect(find(route, /^export const dynamic = "(.+)";$/m)).toBe("force-dynamic");
    expect(countLines(route)).toBeLessThanOrEqual(ROUTE_LINES_MAX);
  });
});

function jobOf({ path }: SourceFile): string {
  return path.split("/")[3] ?? "";
}

/** What the pattern's group stands for in the file; it has to be there exactly once. */
function find({ path, text }: SourceFile, pattern: RegExp): string {
  const [found, ...others] = [...text.matchAll(new RegExp(pattern, `${pattern.flags}g`))];
  if (found?.[1] === undefined || others.length > 0) throw new Error(`${path} does not have one ${pattern}`);
  return found[1];
}
