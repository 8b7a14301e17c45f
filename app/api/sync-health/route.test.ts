import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { z } from "zod";
import {
  addKapsoWorkspace,
  openScene,
  type Scene,
  TEST_CRON_SECRET,
  type TestWorkspace,
} from "@/scripts/testing/scene";
import { addQuietLead, syncOnce } from "@/scripts/testing/sync-story";

const count = z.number().int().min(0);
const runSchema = z.object({
  ...{ clientId: z.string(), runAt: z.iso.datetime(), contactsChecked: count, staleFound: count, flagged: count },
  ...{ verified: count, missed: count, error: z.string().nullable() },
});
const summarySchema = z.object({ lastRun: z.iso.datetime(), avgStale: z.number(), totalFlagged: count });
const clock = z.iso.datetime().nullable();
const healthSchema = z.object({
  state: z.enum(["healthy", "degraded", "unhealthy", "never_run"]),
  because: z.enum(["runs_failed", "messages_missed", "nothing_listed", "no_success"]).nullable(),
  ...{ polledAt: clock, messageAt: clock, changedAt: clock },
});
const reportSchema = z.object({
  runs: z.array(runSchema),
  summary: summarySchema.nullable(),
  summaries: z.record(z.string(), summarySchema),
  health: z.record(z.string(), healthSchema),
});

let scene: Scene;
let first: TestWorkspace;
let second: TestWorkspace;
let GET: (request: Request) => Promise<Response>;
let close: () => Promise<void>;

beforeAll(async () => {
  scene = await openScene();
  [first, second] = [await addKapsoWorkspace(scene), await addKapsoWorkspace(scene)];
  for (const [name, value] of Object.entries(scene.environment)) vi.stubEnv(name, value);
  const { getRuntime } = await import("@/lib/runtime");
  ({ GET } = await import("./route"));
  const { db } = getRuntime();
  close = () => db.$disconnect();
  vi.unstubAllEnvs();
});
afterAll(async () => {
  await close();
  await scene.close();
});

const get = (query = "", headers: Record<string, string> = { authorization: `Bearer ${TEST_CRON_SECRET}` }) =>
  GET(new Request(`http://localhost/api/sync-health${query}`, { headers }));
const report = async (query = "") => reportSchema.parse(await (await get(query)).json());

it("is for those who know the secret", async () => {
  expect((await get("", {})).status).toBe(401);
  expect((await get()).headers.get("cache-control")).toBe("no-store");
});

it("knows a workspace that never ran, and none that does not exist", async () => {
  expect(await report(`?clientId=${first.id}`)).toMatchObject({
    ...{ runs: [], summary: null },
    health: { [first.id]: { state: "never_run", polledAt: null } },
  });
  expect((await get("?clientId=nobody")).status).toBe(400);
});

it("tells the latest runs of a workspace, newest first, and sums up those that it tells", async () => {
  await addQuietLead(scene, first, 5);
  await syncOnce(scene, { clientId: first.id });
  await addQuietLead(scene, first, 5);
  await syncOnce(scene, { clientId: first.id });
  await syncOnce(scene, { clientId: second.id });
  const all = await report(`?clientId=${first.id}`);
  expect(all.runs).toMatchObject([
    { clientId: first.id, contactsChecked: 2, staleFound: 2, flagged: 1, error: null },
    { clientId: first.id, contactsChecked: 1, staleFound: 1, flagged: 1 },
  ]);
  expect(all.summary).toEqual({ lastRun: all.runs[0]?.runAt, avgStale: 1.5, totalFlagged: 2 });
  expect(all.health[first.id]).toMatchObject({ state: "healthy", polledAt: all.runs[0]?.runAt });
  const latest = await report(`?clientId=${first.id}&limit=1`);
  expect(latest).toMatchObject({ runs: [{ staleFound: 2 }], summary: { avgStale: 2, totalFlagged: 1 } });
});

it("tells of every workspace when none is named: so many runs of each, and a summary by workspace", async () => {
  const { runs, summary, summaries, health } = await report("?limit=1");
  expect(runs.map(({ clientId }) => clientId).toSorted()).toEqual([first.id, second.id].toSorted());
  expect(summary).toBeNull();
  expect(summaries).toMatchObject({ [first.id]: { totalFlagged: 1 }, [second.id]: { totalFlagged: 0 } });
  expect(Object.keys(health).toSorted()).toEqual([first.id, second.id].toSorted());
});

it.each(["?limit=0", "?limit=many", "?clientId=", "?client=1"])("refuses %s", async (query) => {
  expect((await get(query)).status).toBe(400);
});

it("forgets what is older than ninety days, a run at a time", async () => {
  const { db } = scene.runtime;
  const rows = (days: number) => ({
    ...{ clientId: first.id, contactsChecked: 0, staleFound: 0, flagged: 0 },
    runAt: new Date(Date.now() - days * 86_400_000),
  });
  await db.syncHealth.createMany({ data: Array.from({ length: 600 }, () => rows(91)) });
  await db.syncHealth.create({ data: rows(89) });
  const before = await db.syncHealth.count({ where: { clientId: first.id } });
  await syncOnce(scene, { clientId: first.id });
  expect(await db.syncHealth.count({ where: { clientId: first.id } })).toBe(before + 1 - 500);
  await syncOnce(scene, { clientId: first.id });
  expect(await db.syncHealth.count({ where: { clientId: first.id } })).toBe(before + 2 - 600);
});
