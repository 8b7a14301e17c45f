import { Client } from "pg";
import { vi } from "vitest";
import { sleep } from "@/lib/core/time";
import { openScene, type Scene, TEST_CRON_SECRET } from "../../testing/scene";
import { forgetAll, installWitness } from "../witness";
import { CRON_JOBS, type CronJob, type Route } from "./jobs";
import { NOTHING, type Size, startWorld, type World } from "./world";

/** The stage on which a file's faults are thrown: a scene, a witness in its database, and the real doors. */
export interface Arena {
  readonly scene: Scene;
  /** The witness's connection. */
  readonly witness: Client;
  /** Connects the witness again after its server went away. */
  reconnect(): Promise<void>;
  /** Calls a job's real handler in this process, as its scheduler does. */
  call(job: CronJob, query?: Record<string, string>): Promise<DoorAnswer>;
  /** The handlers themselves, for requests that no scheduler would send. */
  route(job: CronJob): Route;
  /** Everything that doors answered and processes said since the world began. */
  said(): string;
  hear(text: string): void;
  /** An empty database, a clean ledger, and leads about to live through their plots. */
  newWorld(size: Partial<Size>): Promise<World>;
  close(): Promise<void>;
}

export interface DoorAnswer {
  status: number;
  body: Record<string, unknown>;
}

/** Far longer than a provider on the loopback takes, also where the machine has much else to do. */
const PROVIDER_TIMEOUT_MS = 5_000;

export interface ArenaOptions {
  environment?: Record<string, string>;
  /** A database of its own kind, in the place of a copy of the template. */
  database?: { url: string; drop(): Promise<void> };
}

export async function openArena({ environment = {}, database }: ArenaOptions = {}): Promise<Arena> {
  const usual = { PROVIDER_TIMEOUT_MS: String(PROVIDER_TIMEOUT_MS), CIRCUIT_COOLDOWN_SECONDS: "1" };
  const scene = await openScene({ ...usual, ...environment }, database);
  let witness = await openWitness(scene.databaseUrl);
  await installWitness(witness);
  const doors = await openDoors(scene);
  let said = "";
  const hear = (text: string) => {
    said += `${text}\n`;
  };
  return {
    scene,
    get witness() {
      return witness;
    },
    async reconnect() {
      await witness.end().catch(() => {});
      witness = await openWitness(scene.databaseUrl);
    },
    hear,
    said: () => said,
    route: (job) => routeOf(doors, job),
    async call(job, query = {}) {
      const response = await routeOf(doors, job).GET(scheduled(job, query));
      const body: Record<string, unknown> = await response.json();
      hear(JSON.stringify(body));
      return { status: response.status, body };
    },
    async newWorld(size) {
      await wipe(witness);
      scene.sandbox.faults.clear();
      const world = await startWorld(scene, { ...NOTHING, ...size });
      await forgetAll(witness);
      scene.sandbox.ledger.clear();
      said = "";
      return world;
    },
    async close() {
      await doors.close();
      await witness.end().catch(() => {});
      await scene.close();
    },
  };
}

/** Resolves when the providers have been asked so often, or when there is nothing left to wait for. */
export async function untilAsked({ scene }: Arena, requests: number, over: Promise<unknown>): Promise<void> {
  let isOver = false;
  void over.finally(() => {
    isOver = true;
  });
  while (!isOver && scene.sandbox.ledger.entries.length < requests) await sleep(LOOK_EVERY_MS);
}

/** Between two requests to a provider on the loopback pass some milliseconds. */
const LOOK_EVERY_MS = 2;

/** A connection that outlives nobody's restart unharmed: its errors are told by its next statement. */
export async function openWitness(connectionString: string): Promise<Client> {
  const witness = new Client({ connectionString, application_name: "witness" });
  witness.on("error", () => undefined);
  await witness.connect();
  return witness;
}

/** A request as the job's scheduler sends it. */
export function scheduled(job: CronJob, query: Record<string, string>): Request {
  const headers = { authorization: `Bearer ${TEST_CRON_SECRET}`, "user-agent": "vercel-cron/1.0" };
  return new Request(`http://localhost${job.path}?${new URLSearchParams(query)}`, { headers });
}

/** The routes as one process has them, on the scene's environment. */
async function openDoors(scene: Scene) {
  for (const [name, value] of Object.entries(scene.environment)) vi.stubEnv(name, value);
  vi.resetModules();
  const { getRuntime } = await import("@/lib/runtime");
  const routes = new Map<string, Route>();
  for (const job of CRON_JOBS) routes.set(job.name, await job.load());
  const { db } = getRuntime();
  vi.unstubAllEnvs();
  return { routes, close: () => db.$disconnect() };
}

function routeOf({ routes }: { routes: ReadonlyMap<string, Route> }, { name }: CronJob): Route {
  const route = routes.get(name);
  if (!route) throw new Error(`there is no door for ${name}`);
  return route;
}

async function wipe(witness: Client): Promise<void> {
  const { rows } = await witness.query<{ names: string }>(
    `SELECT string_agg(format('%I', relname), ', ') AS names FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname !~ '^_'`,
  );
  await witness.query(`TRUNCATE ${rows[0]?.names ?? ""} CASCADE`);
}
