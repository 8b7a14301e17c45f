import type { Db } from "@/lib/db/client";
import { maxInRollingWindow, requestsBeforeReset } from "../sandbox/rate-window";
import type { Sandbox } from "../sandbox/sandbox";
import { SUBJECTS } from "../truth/comparison";
import { compareRecords } from "../truth/records";
import { changedRows, type Snapshot } from "../truth/snapshot";
import type { Stage } from "../truth/stage";
import type { TickOfJob } from "./ticks";

/** One thing that has to be so, and where it is not. */
export interface Check {
  name: string;
  /** How much was looked at, and of what. */
  of: string;
  disagreements: string[];
}

/** What the sandbox says is true, against what is on record. */
export async function checkRecords(stage: Stage, sandbox: Sandbox, db: Db): Promise<Check[]> {
  const disagreements = await compareRecords(stage, sandbox, db);
  const of = `${stage.parts.length} leads`;
  return SUBJECTS.map((subject) => {
    const texts = disagreements.filter((one) => one.subject === subject).map(({ text }) => text);
    return { name: subject, of, disagreements: texts };
  });
}

/** Every tick was answered well and to the end. */
export function checkTicks(ticks: readonly TickOfJob[]): Check {
  return { name: "answers", of: `${ticks.length} ticks`, disagreements: ticks.flatMap((tick) => tick.complaints) };
}

/** No audit found a row that was not as defined. */
export function checkAudits(ticks: readonly TickOfJob[]): Check {
  const disagreements = ticks.flatMap(({ job, figures }) => {
    const mismatches = figures.get("mismatches") ?? 0;
    return mismatches > 0 ? [`${job} counts ${mismatches} mismatches`] : [];
  });
  return {
    name: "audits",
    of: `${ticks.filter(({ figures }) => figures.has("mismatches")).length} ticks`,
    disagreements,
  };
}

/** A tick over an unchanged world changes no row. */
export function checkStillness(before: Snapshot, after: Snapshot): Check {
  const disagreements = changedRows(before, after).map((key) => `${key} changed though nothing had happened`);
  return { name: "nothing new in the last tick", of: `${after.size} rows`, disagreements };
}

/** A credential that is dead has its circuit open, and nobody else has. */
export async function checkCircuits({ workspaces }: Stage, db: Db): Promise<Check> {
  const open = await db.circuit.findMany({ where: { openUntil: { gt: new Date() } }, select: { clientId: true } });
  const ids = new Set(open.map(({ clientId }) => clientId));
  const disagreements = workspaces
    .filter(({ id, standing }) => ids.has(id) !== (standing === "dead credential"))
    .map(({ id, name }) => `the circuit of ${name} is ${ids.has(id) ? "open" : "closed"}`);
  return { name: "circuits", of: `${workspaces.length} workspaces`, disagreements };
}

/** HighLevel takes 100 requests in 10 seconds, and we send at most 90. */
export const RATE_WINDOW_MS = 10_000;
const GHL_REQUESTS_MAX = 90;
/** Those that were on their way when a 429 was answered could not know of it. */
const UNDER_WAY_MS = 500;

export function checkRate(sandbox: Sandbox): Check {
  const { entries } = sandbox.ledger;
  const most = maxInRollingWindow(sandbox.ledger.find({ provider: "GHL" }), RATE_WINDOW_MS);
  const early = requestsBeforeReset(entries, { graceMs: UNDER_WAY_MS }).length;
  const disagreements = [
    ...(most > GHL_REQUESTS_MAX ? [`a location got ${most} requests in 10 s, allowed are ${GHL_REQUESTS_MAX}`] : []),
    ...(early > 0 ? [`${early} requests came before the reset that a 429 had announced`] : []),
  ];
  return { name: "rate limits", of: `${entries.length} requests`, disagreements };
}
