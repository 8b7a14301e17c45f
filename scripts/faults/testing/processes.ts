import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { TEST_CRON_SECRET } from "../../testing/scene";
import type { Finding } from "../invariants/evidence";
import type { Arena } from "./arena";
import type { BackfillJob } from "./backfill-jobs";
import type { CronJob } from "./jobs";
import { type Subject, startSubject } from "./subject";
import { DEATH_VARIABLE, type Death } from "./workers/death";

/** How a process is started: where it is to die, and which copy of the project it runs. */
export interface Start {
  death?: Death;
  folder?: string | undefined;
}

/** A server process with all crons behind it. */
export interface Server {
  subject: Subject;
  url: string;
  /** Calls a job. Null where the connection broke before there was an answer. */
  call(job: CronJob, query?: Record<string, string>): Promise<{ status: number; text: string } | null>;
}

/** Starts the crons' doors in a process of their own, and waits until they answer. */
export async function startServer(arena: Arena, { death, folder }: Start = {}): Promise<Server> {
  const environment = environmentOf(arena, death);
  const subject = startSubject({ script: "scripts/faults/testing/workers/doors.ts", environment, folder });
  const [, port] = await subject.untilSaid(/listening on (\d+)/);
  const url = `http://127.0.0.1:${port}`;
  return {
    subject,
    url,
    async call(job, query = job.everythingIsDue) {
      const headers = { authorization: `Bearer ${TEST_CRON_SECRET}`, "user-agent": "vercel-cron/1.0" };
      try {
        const response = await fetch(`${url}${job.path}?${new URLSearchParams(query)}`, { headers });
        const text = await response.text();
        arena.hear(text);
        return { status: response.status, text };
      } catch {
        return null;
      }
    },
  };
}

/** Ends a process as an outage would, and hears what it had said. */
export async function kill(arena: Arena, subject: Subject): Promise<void> {
  subject.send("SIGKILL");
  // One that sleeps dies all the same, but not before it is woken on every system.
  subject.send("SIGCONT");
  await subject.ended;
  arena.hear(subject.said());
}

/** One run of a backfill, and the process that may take it up again. */
export interface Backfill {
  start(start?: Start): Subject;
  /** Goes on to the end in a fresh process; what it says of itself if it does not get there. */
  resume(): Promise<Finding[]>;
  forget(): Promise<void>;
}

/** A backfill with books of its own, not yet started. */
export async function prepareBackfill(arena: Arena, job: BackfillJob, folder?: string): Promise<Backfill> {
  const stateFolder = await mkdtemp(path.join(tmpdir(), "leadline-faults-"));
  const flags = ["--apply", "--json", "--state-file", path.join(stateFolder, "state.json"), ...job.flags];
  const start = (more: readonly string[], how: Start = {}) =>
    startSubject({
      ...{ script: job.worker, args: [...flags, ...more], environment: environmentOf(arena, how.death) },
      folder: how.folder ?? folder,
    });
  return {
    start: (how) => start([], how),
    async resume() {
      const subject = start(["--resume"]);
      const { code } = await subject.ended;
      arena.hear(subject.said());
      // Killed before it was on the books, it has nothing to resume.
      if (code === 3 && /nothing to resume/.test(subject.said())) return [];
      if (code === 0 && /"complete":true/.test(subject.said())) return [];
      return [{ invariant: "a backfill comes to its end", text: `exit code ${code}: ${subject.said().slice(-500)}` }];
    },
    forget: () => rm(stateFolder, { recursive: true, force: true }),
  };
}

/** Processes log everything that they can: what slips out has to be seen. */
function environmentOf({ scene }: Arena, death: Death | undefined): Record<string, string> {
  return { ...scene.environment, LOG_LEVEL: "debug", ...(death && { [DEATH_VARIABLE]: JSON.stringify(death) }) };
}
