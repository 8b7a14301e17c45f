import { createDb, type Db } from "@/lib/db/client";
import { openConversations } from "../demo/conversations/conversations";
import type { Teardown } from "../environment/command";
import { addSampleFollowUps } from "../environment/sample-follow-ups";
import { addSampleWorkspaces } from "../environment/sample-workspaces";
import type { Sandbox } from "../sandbox/sandbox";
import { playAct, type Stage, setStage } from "../truth/stage";
import { type ConsoleServer, GHL_REQUESTS_PER_10S, startConsole } from "./console-server";
import { addSampleHistory } from "./sample-history";

/** The demo's workspaces in the middle of their story, with a console in front of them. */
export interface ConsoleStage {
  readonly server: ConsoleServer;
  readonly db: Db;
  readonly stage: Stage;
  readonly sandbox: Sandbox;
}

/** Nobody is to wait for a rate in front of a browser; the server is told the same. */
const PLENTY = { requests: GHL_REQUESTS_PER_10S, windowMs: 10_000 };

/**
 * Seeds a database and starts a console on it, at once. A first tick has found what was booked before; since then people
 * have changed their minds, and nobody knows yet.
 */
export async function openConsoleStage(
  surroundings: { sandbox: Sandbox; databaseUrl: string },
  teardown: Teardown,
): Promise<ConsoleStage> {
  const { sandbox, databaseUrl } = surroundings;
  const db = createDb(databaseUrl);
  teardown.add(() => db.$disconnect());
  const [server, stage, conversations] = await Promise.all([
    startConsole(surroundings, teardown),
    addSampleWorkspaces(sandbox, db, { burst: PLENTY }).then((workspaces) => setStage(sandbox, db, workspaces)),
    openConversations(sandbox, db),
    addSampleFollowUps(sandbox, db),
  ]);
  await addSampleHistory(db, stage);
  playAct(stage, 0);
  await conversations.play(0);
  await callCron(server, "appointment-reconcile?hotMinutes=0&staleDays=0&leadsPerWorkspace=200&workspaceLimit=50");
  await Promise.all(["followups", "response-timing", "background-sync"].map((job) => callCron(server, job)));
  playAct(stage, 1);
  return { server, db, stage, sandbox };
}

async function callCron({ url, cronSecret }: ConsoleServer, call: string): Promise<void> {
  const headers = { Authorization: `Bearer ${cronSecret}`, "User-Agent": "vercel-cron/1.0" };
  const response = await fetch(`${url}/api/cron/${call}`, { headers });
  if (response.status !== 200) throw new Error(`${call} answered ${response.status}: ${await response.text()}`);
}
