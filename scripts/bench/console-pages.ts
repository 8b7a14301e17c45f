import { readSyncHealth } from "@/lib/background-sync/health";
import { SCHEDULED_JOBS } from "@/lib/console/rules/schedule";
import {
  countRemaining,
  listBackfillFailures,
  listBackfills,
  listUnits,
  readBackfill,
} from "@/lib/console/store/backfills";
import { listOpenCircuits } from "@/lib/console/store/circuits";
import { countPaused, listDue, listPaused, listUncertain, sumFollowUpRuns } from "@/lib/console/store/follow-ups";
import { readLead } from "@/lib/console/store/lead";
import { countMismatches, listMismatches, MISMATCH_KINDS } from "@/lib/console/store/mismatches";
import { listTurns, listWaiting, readTurn } from "@/lib/console/store/response-times";
import { listRuns, readLatestRuns, readRun } from "@/lib/console/store/runs";
import { listSyncs } from "@/lib/console/store/sync";
import { listTimeline } from "@/lib/console/store/timeline";
import { readBacklog, readMeetingDays } from "@/lib/console/store/workspace-work";
import { listWorkspaceNames, listWorkspaces, readWorkspace } from "@/lib/console/store/workspaces";
import { DAY_MS } from "@/lib/core/time";
import { reportHealth } from "@/lib/health/report";
import { summarizeResponseTiming } from "@/lib/response-timing/summary";
import type { Runtime } from "@/lib/runtime";

/** One page of the console over the benchmark's rows. */
export interface BenchPage {
  name: string;
  path: string;
  /** The statements that the page sends, as it sends them. */
  read(): Promise<unknown>;
}

type ReadRuntime = Pick<Runtime, "db" | "health" | "clock">;

/** Every page there is, of the largest workspace and the lead with the longest thread. */
export function consolePages(runtime: ReadRuntime): BenchPage[] {
  return [
    ...overviewAndRuns(runtime),
    ...workspaces(runtime),
    ...mismatchesAndLead(runtime),
    ...followUps(runtime),
    ...responseTimes(runtime),
    ...backfills(runtime),
  ];
}

function overviewAndRuns({ db, health }: ReadRuntime): BenchPage[] {
  const jobs = SCHEDULED_JOBS.map(({ job }) => job);
  const failed = { job: "appointment-reconcile", status: "failed" };
  return [
    {
      name: "overview",
      path: "/",
      read: () => Promise.all([reportHealth(health), readLatestRuns(db, jobs, 30), listOpenCircuits(db, 50)]),
    },
    { name: "runs", path: "/runs", read: () => listRuns(db, {}) },
    {
      name: "runs failed",
      path: "/runs?job=appointment-reconcile&status=failed",
      read: () => listRuns(db, failed),
    },
    { name: "runs dry", path: "/runs?kind=dry", read: () => listRuns(db, { dryRun: true }) },
    { name: "run", path: "/runs/r1", read: () => readRun(db, "r1") },
  ];
}

function workspaces({ db, clock }: ReadRuntime): BenchPage[] {
  const staleBefore = new Date(Date.now() - 7 * DAY_MS);
  return [
    {
      name: "workspaces",
      path: "/workspaces",
      read: async () => {
        const { rows } = await listWorkspaces(db, {});
        const ids = rows.map(({ id }) => id);
        await readSyncHealth({ db, clock }, ids);
      },
    },
    {
      name: "workspace",
      path: "/workspaces/w1",
      read: () =>
        Promise.all([
          readWorkspace(db, "w1"),
          readBacklog(db, "w1", staleBefore),
          readMeetingDays(db, { clientId: "w1", zone: "UTC", days: 30 }),
          listSyncs(db, "w1", 24),
          readSyncHealth({ db, clock }, ["w1"]),
        ]),
    },
  ];
}

function mismatchesAndLead({ db }: ReadRuntime): BenchPage[] {
  const mismatches = MISMATCH_KINDS.map((kind) => ({
    name: `mismatches ${kind}`,
    path: `/mismatches?kind=${kind}`,
    read: () => Promise.all([countMismatches(db), listMismatches(db, kind, {})]),
  }));
  const lead = {
    name: "lead",
    path: "/leads/l1",
    read: () => Promise.all([readLead(db, "l1"), listTimeline(db, "l1", {})]),
  };
  return [...mismatches, lead];
}

function followUps({ db }: ReadRuntime): BenchPage[] {
  const dayAgo = new Date(Date.now() - DAY_MS);
  const page = (name: string, show: string, list: () => Promise<unknown>): BenchPage => ({
    ...{ name, path: `/follow-ups?show=${show}` },
    read: () => Promise.all([sumFollowUpRuns(db, dayAgo), countPaused(db), list()]),
  });
  return [
    page("follow-ups", "due", () => listDue(db, {})),
    page("follow-ups paused", "lead_replied", () => listPaused(db, "lead_replied", {})),
    page("follow-ups uncertain", "send_uncertain", () => listUncertain(db, {})),
  ];
}

function responseTimes({ db }: ReadRuntime): BenchPage[] {
  const to = new Date();
  const page = (name: string, days: number): BenchPage => {
    const scope = { clientId: "w1", from: new Date(to.getTime() - days * DAY_MS), to };
    return {
      name,
      path: `/response-times?clientId=w1&days=${days}`,
      read: () =>
        Promise.all([
          listWorkspaceNames(db, 200),
          summarizeResponseTiming(db, { ...scope, countsUnanswered: false }),
          listTurns(db, scope),
          listWaiting(db, { ...scope, leadsMax: 1_000 }),
        ]),
    };
  };
  return [
    page("response times 7 d", 7),
    page("response times 30 d", 30),
    { name: "turn", path: "/response-times/t1", read: () => readTurn(db, "t1") },
  ];
}

function backfills({ db }: ReadRuntime): BenchPage[] {
  return [
    { name: "backfills", path: "/backfills", read: () => listBackfills(db, {}) },
    {
      name: "backfill",
      path: "/backfills/b1",
      read: () =>
        Promise.all([
          readBackfill(db, "b1"),
          listUnits(db, "b1", undefined),
          listBackfillFailures(db, "b1", 100),
          countRemaining(db, "b1"),
        ]),
    },
  ];
}
