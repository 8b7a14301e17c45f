import type { Scene } from "../../testing/scene";
import { addGhlWorkspace } from "../../testing/scene";
import type { Finding } from "../invariants/evidence";
import type { Arena } from "./arena";
import { letTimePass } from "./calm";
import type { CronJob } from "./jobs";
import type { Call } from "./overlap";

/** Many small workspaces, and perhaps some big ones, all with leads who were never asked about. */
export interface Crowd {
  /** How many leads each of the big ones has. */
  big: number;
  /** How many big ones there are; they come first. */
  bigOnes: number;
  small: number;
  leadsOfASmall: number;
}

/** Inserted at a time: far below what a statement may have as parameters. */
const BATCH = 5_000;

export async function addCrowd(scene: Scene, { big, bigOnes, small, leadsOfASmall }: Crowd): Promise<void> {
  for (let place = 0; place < bigOnes; place++) await addWorkspace(scene, big);
  for (let place = 0; place < small; place++) await addWorkspace(scene, leadsOfASmall);
}

/** The providers know the people and no meetings: a lead costs one request. */
async function addWorkspace(scene: Scene, leads: number): Promise<void> {
  const { id: clientId, account } = await addGhlWorkspace(scene);
  const { db } = scene.runtime;
  for (let first = 0; first < leads; first += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, leads - first) }, () => {
      const { id: ghlContactId } = scene.sandbox.ghl.addContact(account);
      return { clientId, ghlContactId, lastInboundAt: new Date() };
    });
    await db.lead.createMany({ data: rows });
  }
}

/** When the small workspaces were served. */
export interface Service {
  /** In which tick each small workspace was done, in order of doing. */
  doneInTick: number[];
  /** How many requests had been sent when each of them was done, the big one's included. */
  doneAfterRequests: number[];
}

/** Ticks with the usual parameters, a minute apart, until every small workspace is done. */
export async function workOff(
  arena: Arena,
  job: CronJob,
  call: Call,
  { small, leadsOfASmall }: Crowd,
): Promise<Service> {
  const { ledger } = arena.scene.sandbox;
  const service: Service = { doneInTick: [], doneAfterRequests: [] };
  for (let tick = 1; service.doneInTick.length < small && tick <= TICKS_MAX; tick++) {
    await call(job, {});
    await letTimePass(arena, "1 minute");
    const done = await countDone(arena, leadsOfASmall);
    const fresh = done - service.doneInTick.length;
    service.doneInTick.push(...Array<number>(fresh).fill(tick));
    service.doneAfterRequests.push(...Array<number>(fresh).fill(ledger.entries.length));
  }
  return service;
}

/** The small workspaces none of whose leads is left. */
async function countDone({ witness }: Arena, leadsOfASmall: number): Promise<number> {
  const { rows } = await witness.query<{ done: number }>(
    `SELECT count(*)::int AS done FROM (
       SELECT 1 FROM "Lead" GROUP BY "clientId" HAVING count(*) = $1 AND count("appointmentLastCheckedAt") = $1
     ) AS small`,
    [leadsOfASmall],
  );
  return rows[0]?.done ?? 0;
}

/** Far more than a fair order needs for a hundred workspaces at ten in a tick. */
const TICKS_MAX = 60;

/** The value below which 95 % of these lie. */
export function p95(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.POSITIVE_INFINITY;
}

/** What the small ones' waiting is compared by: the tick in which 95 % of them were done. */
export interface Fairness {
  alone: Service;
  beside: Service;
  findings: Finding[];
  told: string;
}

/** How much longer the small ones may take beside big ones than by themselves. */
const SLOWDOWN_MAX = 2;

/** Works the small ones off by themselves, and then beside the big ones. */
export async function compareService(arena: Arena, job: CronJob, call: Call, crowd: Crowd): Promise<Fairness> {
  const work = async (one: Crowd) => {
    await arena.newWorld({});
    await addCrowd(arena.scene, one);
    return workOff(arena, job, call, one);
  };
  const alone = await work({ ...crowd, bigOnes: 0 });
  const beside = await work(crowd);
  const ticks = { alone: p95(alone.doneInTick), beside: p95(beside.doneInTick) };
  const isServed = [alone, beside].every(({ doneInTick }) => doneInTick.length === crowd.small);
  const isFair = ticks.beside <= SLOWDOWN_MAX * ticks.alone;
  const told = `95 % of the small were done in tick ${ticks.alone} alone, in tick ${ticks.beside} beside the big`;
  const findings = isServed && isFair ? [] : [{ invariant: "small workspaces are served in time", text: told }];
  return { alone, beside, findings, told };
}
