import { DAY_MS, SECOND_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import { type Durations, summarizeResponseTiming } from "@/lib/response-timing/summary";
import type { Said } from "../../environment/correspondence";
import type { TalkingWorkspace } from "../../environment/sample-conversations";
import { formatTable } from "../table";

/** A line per workspace: how much was said, what webhooks lost of it, and what was found and when. */
export async function formatRecovery(
  workspaces: readonly TalkingWorkspace[],
  said: readonly Said[],
  db: Db,
): Promise<string[]> {
  const rows = workspaces.map(async ({ id, name, about }) => {
    const known = said.filter(({ workspace, lead }) => workspace.id === id && lead !== null);
    const lost = known.filter((one) => one.lost).map(({ message }) => message.id);
    const found = await db.message.findMany({ where: { lead: { clientId: id }, externalId: { in: lost } } });
    const waits = found
      .map(({ sentAt, createdAt }) => createdAt.getTime() - sentAt.getTime())
      .toSorted((a, b) => a - b);
    const strangers = said.filter(({ workspace, lead }) => workspace.id === id && lead === null).length;
    const flags = await db.leadNote.count({
      where: { lead: { clientId: id }, content: { startsWith: "Sync check:" } },
    });
    const half = waits[Math.floor(waits.length / 2)] ?? null;
    return [
      ...[name, about, known.length, lost.length, found.length],
      ...[formatDuration(half), formatDuration(waits.at(-1) ?? null), strangers, flags],
    ];
  });
  const heads = ["workspace", "", "said", "lost", "found", "after (half)", "at most", "of strangers", "flags"];
  return formatTable(heads, await Promise.all(rows));
}

/** The period that holds everything that was told. */
const PERIOD_MS = 30 * DAY_MS;
const QUICK_MINUTES = 5;

/** Two lines per workspace: how fast people and how fast the AI answered. Who waits is in neither of the figures. */
export async function formatResponseTimes(workspaces: readonly TalkingWorkspace[], db: Db): Promise<string[]> {
  const [from, to] = [new Date(Date.now() - PERIOD_MS), new Date(Date.now() + DAY_MS)];
  const rows = await Promise.all(
    workspaces.map(async ({ id, name }) => {
      const summary = await summarizeResponseTiming(db, { clientId: id, from, to });
      if (!summary) return [];
      const { setter, ai, turns, unanswered } = summary.all;
      return [
        [name, "people", ...cellsOf(setter), turns, unanswered],
        [name, "AI", ...cellsOf(ai), turns, unanswered],
      ];
    }),
  );
  const heads = ["workspace", "answers of", "count", "p50", "p90", "within 5 min", "odd clocks", "turns", "unanswered"];
  return formatTable(heads, rows.flat());
}

function cellsOf({ count, p50Ms, p90Ms, within, anomalies }: Durations): (string | number)[] {
  const share = within.find(({ minutes }) => minutes === QUICK_MINUTES)?.share ?? null;
  const percent = share === null ? "" : `${Math.round(share * 100)} %`;
  return [count, formatDuration(p50Ms), formatDuration(p90Ms), percent, anomalies];
}

/** Seconds while they are few, then minutes, hours, days. Empty where there is nothing to tell. */
function formatDuration(ms: number | null): string {
  if (ms === null) return "";
  const seconds = ms / SECOND_MS;
  if (seconds < 120) return `${seconds.toFixed(0)} s`;
  if (seconds < 7_200) return `${(seconds / 60).toFixed(0)} min`;
  return seconds < 172_800 ? `${(seconds / 3_600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(1)} d`;
}
