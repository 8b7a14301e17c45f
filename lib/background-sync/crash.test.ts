import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runScript } from "@/scripts/testing/process";
import { addKapsoLead, addKapsoWorkspace, openScene, type Scene } from "@/scripts/testing/scene";
import {
  addQuietLead,
  healthOf,
  hoursAgo,
  messagesOf,
  notesOf,
  personOf,
  syncOnce,
} from "@/scripts/testing/sync-story";
import { SYNC_STEPS } from "./deps";

const WORKER = "scripts/testing/workers/background-sync.ts";

/** Steps that come once per conversation or page: these processes die at the third of them. */
const STEPS_OF_PAGES = new Set<string>(["messages_read", "messages_compared", "messages_recovered"]);

/** How long after its first word a process is killed, in milliseconds: a run takes about a fifth of a second. */
const DELAYS_MS =
  process.env["LEADLINE_LONG_TESTS"] === "1" ? Array.from({ length: 60 }, (_, n) => n * 6) : [40, 80, 110, 140, 180];

describe("a process that is killed", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene();
  });
  afterAll(() => scene.close());

  it.each(SYNC_STEPS)("at %s loses no message and no flag, and doubles none", async (step) => {
    const stage = await setStage(scene);
    const killed = await runScript(WORKER, STEPS_OF_PAGES.has(step) ? [step, "3"] : [step], scene.environment);
    expect(killed, killed.stderr).toMatchObject({ signal: "SIGKILL" });
    await expectNotesToTellTheTruth(scene, stage);
    await letLeasesRunOut(scene);
    expect(await syncOnce(scene)).toMatchObject({ errors: 0, exhausted: true });
    await expectEverythingOnce(scene, stage);
  });

  it.each(DELAYS_MS)("%i ms into the run loses no message and no flag, and doubles none", async (killMsAfterOutput) => {
    const stage = await setStage(scene);
    await runScript(WORKER, [], scene.environment, { killMsAfterOutput });
    await expectNotesToTellTheTruth(scene, stage);
    await letLeasesRunOut(scene);
    expect(await syncOnce(scene)).toMatchObject({ errors: 0, exhausted: true });
    await expectEverythingOnce(scene, stage);
  });
});

type Stage = Awaited<ReturnType<typeof setStage>>;

/** A workspace with three leads whose messages got lost, one of them with pages of them, and one who is quiet. */
async function setStage(scene: Scene) {
  await scene.runtime.db.client.deleteMany();
  const workspace = await addKapsoWorkspace(scene);
  const talkers = await Promise.all([1, 3, 230].map(async (count) => ({ count, lead: await addTalker() })));
  async function addTalker() {
    return addKapsoLead(scene, workspace, { lastActivityAt: hoursAgo(9) });
  }
  for (const { lead, count } of talkers) {
    for (let index = 0; index < count; index++) scene.sandbox.kapso.receive(workspace.account, personOf(lead));
  }
  const quiet = await addQuietLead(scene, workspace, 5);
  return { workspace, talkers, quiet };
}

async function letLeasesRunOut({ runtime: { db } }: Scene): Promise<void> {
  await db.$executeRaw`UPDATE "Lease" SET "expiresAt" = now() - interval '1 second'`;
}

/** At whatever moment one looks, the notes of a lead name as many messages as there are. */
async function expectNotesToTellTheTruth(scene: Scene, { talkers }: Stage): Promise<void> {
  for (const { lead } of talkers) {
    const noted = (await notesOf(scene, lead)).map((content) => Number(/\d+/.exec(content)?.[0]));
    expect(noted.reduce((sum, count) => sum + count, 0)).toBe((await messagesOf(scene, lead)).length);
  }
}

async function expectEverythingOnce(scene: Scene, stage: Stage): Promise<void> {
  await expectNotesToTellTheTruth(scene, stage);
  for (const { lead, count } of stage.talkers) {
    const messages = await messagesOf(scene, lead);
    expect(new Set(messages.map(({ externalId }) => externalId)).size).toBe(count);
    expect(messages).toHaveLength(count);
  }
  expect(await notesOf(scene, stage.quiet)).toEqual(["Sync check: No activity for 5 hours"]);
  const rows = await healthOf(scene, stage.workspace);
  expect(rows.reduce((sum, { flagged }) => sum + flagged, 0)).toBeLessThanOrEqual(1);
  expect(await syncOnce(scene)).toMatchObject({ missed: 0, flagged: 0, errors: 0 });
}
