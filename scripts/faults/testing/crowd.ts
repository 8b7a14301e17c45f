import type { Scene } from "../../testing/scene";
import { addGhlWorkspace } from "../../testing/scene";
import type { Arena } from "./arena";
import { letTimePass } from "./calm";
import type { CronJob } from "./jobs";

/** Many small workspaces, and perhaps one big one, all with leads who were never asked about. */
export interface Crowd {
  big: number;
  small: number;
  leadsOfASmall: number;
}

/** Inserted at a time: far below what a statement may have as parameters. */
const BATCH = 5_000;

export async function addCrowd(scene: Scene, { big, small, leadsOfASmall }: Crowd): Promise<void> {
  if (big > 0) await addWorkspace(scene, big);
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
export async function workOff(arena: Arena, job: CronJob, { small, leadsOfASmall }: Crowd): Promise<Service> {
  const { ledger } = arena.scene.sandbox;
  const service: Service = { doneInTick: [], doneAfterRequests: [] };
  for (let tick = 1; service.doneInTick.length < small && tick <= TICKS_MAX; tick++) {
    await arena.call(job);
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
