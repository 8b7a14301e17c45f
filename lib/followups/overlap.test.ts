import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addFollowUpSequence,
  addOpenWorkspace,
  addReachableLead,
  followUp,
  followUpOnce,
  setDueStage,
  startInstance,
  textsTo,
} from "@/scripts/testing/follow-up-story";
import { openScene, type Scene, type TestWorkspace } from "@/scripts/testing/scene";
import type { FollowUpStep } from "./deps";

const RUNS = 50;
const ROUNDS = process.env["LEADLINE_LONG_TESTS"] === "1" ? 200 : 4;
/** The long variant takes minutes. */
const LONG = { timeout: ROUNDS * 15_000 };

describe("fifty runs at once", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene();
  });
  afterAll(() => scene.close());

  /** Leads with two sequences on one channel, in several workspaces; the first of each workspace is booked. */
  async function setCrowdedStage() {
    const workspaces = await Promise.all([1, 2, 3].map(() => addOpenWorkspace(scene)));
    const leads = await Promise.all(workspaces.map((workspace) => addCrowd(workspace)));
    return leads.flat();
  }

  async function addCrowd(workspace: TestWorkspace) {
    const first = await addFollowUpSequence(scene, workspace, [{}, {}]);
    const second = await addFollowUpSequence(scene, workspace, [{}, { channel: "email" }]);
    const leads = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        addReachableLead(scene, workspace, index === 0 ? { status: "meeting-booked" } : {}),
      ),
    );
    for (const lead of leads) {
      await startInstance(scene, lead, first);
      await startInstance(scene, lead, second);
    }
    return leads;
  }

  it("are one run: the others find the lease taken, and nobody is written to twice", LONG, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const leads = await setCrowdedStage();
      const runs = await Promise.all(Array.from({ length: RUNS }, () => followUp(scene)));
      const ran = runs.filter((run) => run !== "locked");
      expect(ran.length).toBeGreaterThan(0);
      await expectOneTextEach(leads);
      expect(ran.reduce((sent, run) => sent + run.results.sent, 0)).toBe(15);
    }
  });

  it("are no danger even when every lease is lost after the claim", LONG, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const leads = await setCrowdedStage();
      const onStep = async (step: FollowUpStep) => {
        if (step === "claimed")
          await scene.runtime.db.$executeRaw`UPDATE "Lease" SET "expiresAt" = now() - interval '1 s'`;
      };
      await Promise.all(Array.from({ length: RUNS }, () => followUp(scene, { deps: { onStep } })));
      await followUpOnce(scene);
      await expectOneTextEach(leads);
    }
  });

  async function expectOneTextEach(leads: readonly { status: string; ghlContactId: string | null }[]) {
    const texts = leads.map((lead) => textsTo(scene, lead).length);
    expect(texts).toEqual(leads.map((lead) => (lead.status === "meeting-booked" ? 0 : 1)));
  }
});

describe("a run whose lease is lost", () => {
  it("claims nothing more, and does not say that nothing is left", async () => {
    const scene = await openScene();
    const { workspace, sequence } = await setDueStage(scene);
    for (let index = 0; index < 30; index++) {
      await startInstance(scene, await addReachableLead(scene, workspace), sequence);
    }
    const loseIt = async (step: FollowUpStep) => {
      if (step === "claimed") await scene.runtime.db.$executeRaw`UPDATE "Lease" SET "fence" = "fence" + 1`;
    };
    const ran = await followUpOnce(scene, { deps: { onStep: loseIt } });
    expect(ran).toMatchObject({ results: { sent: 20 }, exhausted: false, stopReason: "locked" });
    await scene.close();
  });
});
