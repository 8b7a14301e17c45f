import type { Db } from "@/lib/db/client";
import { maxInRollingWindow } from "../sandbox/rate-window";
import type { Sandbox } from "../sandbox/sandbox";
import type { Stage } from "../truth/stage";
import { type Check, RATE_WINDOW_MS } from "./checks";
import { formatTable } from "./table";
import type { TickOfJob } from "./ticks";

/** Figures of an answer that say how the tick went, by their names in the contract, and as heads of columns. */
const COLUMNS: Record<string, string> = {
  leadsChecked: "checked",
  bookedFound: "booked",
  canceledFound: "canceled",
  rescheduledFound: "moved",
  updated: "updated",
  noChange: "no change",
  tasksCreated: "tasks",
  workspaces: "workspaces",
  checked: "checked",
  stale: "stale",
  flagged: "flagged",
  verified: "verified",
  missed: "missed",
  recovered: "recovered",
  unknownContacts: "unknown",
  errors: "errors",
  skippedNoCreds: "no creds",
  skippedCircuitOpen: "open circuit",
  processed: "threads",
  inserted: "inserted",
  retracted: "retracted",
  mismatches: "mismatches",
  "results.due": "due",
  "results.sent": "sent",
  "results.tasks": "tasks",
  "results.completed": "completed",
  "results.deferred": "deferred",
  "results.blocked": "blocked",
  "results.failed": "failed",
  "results.unknown": "unknown",
  "backstop.completedCount": "backstop",
  "snoozed.resumedCount": "woken up",
  "resumed.resumedCount": "ghosted",
  "enrichment.resumedCount": "enriched",
  "enrichment.skippedCount": "not found",
  "approval.resumedCount": "approved",
};

/** What one tick found and fixed, a line per cron. */
export function formatTick(ticks: readonly TickOfJob[]): string[] {
  return ticks.flatMap(({ job, calls, durationMs, figures, complaints }) => {
    const shown = Object.entries(COLUMNS).filter(([name]) => figures.has(name));
    const told = shown.map(([name, head]) => `${head} ${figures.get(name)}`).join(", ");
    const often = calls > 1 ? `, ${calls} calls` : "";
    return [`  ${job} (${seconds(durationMs)}${often}): ${told || "done"}`, ...complaints.map((text) => `  ${text}`)];
  });
}

/** All ticks of each cron, one below the other. */
export function formatTicks(rounds: readonly { name: string; ticks: readonly TickOfJob[] }[]): string[] {
  const jobs = new Set(rounds.flatMap(({ ticks }) => ticks.map(({ job }) => job)));
  return [...jobs].flatMap((job) => {
    const own = rounds.flatMap(({ name, ticks }) =>
      ticks.filter((tick) => tick.job === job).map((tick) => ({ name, tick })),
    );
    const names = Object.keys(COLUMNS).filter((name) => own.some(({ tick }) => tick.figures.has(name)));
    const rows = own.map(({ name, tick }) => [
      name,
      ...names.map((figure) => tick.figures.get(figure) ?? 0),
      seconds(tick.durationMs),
    ]);
    return formatTable([job, ...names.map((name) => COLUMNS[name] ?? name), "took"], rows);
  });
}

/** A line per workspace: who there is, what is true and on record, and what asking for it cost. */
export async function formatWorkspaces({ workspaces, parts }: Stage, sandbox: Sandbox, db: Db): Promise<string[]> {
  const rows = workspaces.map(async ({ id, name, about, account }) => {
    const people = parts.filter(({ actor }) => actor.lead.workspace.id === id);
    const meetings = people.flatMap(({ actor }) => sandbox.truthOf(actor.lead.person.identity));
    const requests = account === null ? [] : sandbox.ledger.find({ account });
    return [
      name,
      about,
      people.length,
      meetings.length,
      await db.appointment.count({ where: { clientId: id } }),
      await db.lead.count({ where: { clientId: id, status: "meeting-booked" } }),
      await db.followUpTask.count({ where: { lead: { clientId: id } } }),
      requests.length,
      maxInRollingWindow(requests, RATE_WINDOW_MS),
      requests.filter(({ status }) => status === 429).length,
    ];
  });
  const heads = [
    "workspace",
    "",
    "leads",
    "meetings",
    "on record",
    "booked",
    "tasks",
    "requests",
    "max in 10 s",
    "429s",
  ];
  return formatTable(heads, await Promise.all(rows));
}

/** Of so many disagreements the rest says nothing new. */
const DISAGREEMENTS_SHOWN_MAX = 10;

/** A line per check, and below each that fails what is wrong. */
export function formatChecks(checks: readonly Check[], paint: Paint): string[] {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks.flatMap(({ name, of, disagreements }) => {
    const wrong = disagreements.length > 0;
    const mark = wrong ? paint("red", "FAIL") : paint("green", "ok  ");
    const shown = disagreements.slice(0, DISAGREEMENTS_SHOWN_MAX);
    const rest = disagreements.length - shown.length;
    return [
      `${mark}  ${name.padEnd(width)}  ${of}${wrong ? `, ${disagreements.length} disagreements:` : ""}`,
      ...[...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].map((text) => `        ${text}`),
    ];
  });
}

export type Paint = (colour: "red" | "green" | "bold", text: string) => string;

/** Colours for a terminal; plain text for everything else, and for who asks for it. */
export function paintFor(stream: { isTTY?: boolean }): Paint {
  if (!stream.isTTY || process.env["NO_COLOR"]) return (_, text) => text;
  const codes = { red: 31, green: 32, bold: 1 };
  return (colour, text) => `\u001b[${codes[colour]}m${text}\u001b[0m`;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
