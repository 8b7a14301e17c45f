import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordMessageByWebhook } from "@/scripts/environment/message-webhook";
import type { KapsoMessage } from "@/scripts/sandbox/kapso-model";
import { deliverWebhooks } from "@/scripts/sandbox/kapso-webhooks";
import { createRandom } from "@/scripts/sandbox/random";
import { addKapsoLead, addKapsoWorkspace, openScene, type Scene } from "@/scripts/testing/scene";
import { hoursAgo, messagesOf, personOf, sync, syncOnce } from "@/scripts/testing/sync-story";

const RUNS = process.env["LEADLINE_LONG_TESTS"] === "1" ? 150 : 12;

/** The long variants take minutes. */
const LONG = { timeout: 600_000 };

const share = fc.constantFrom(0, 0.1, 0.5, 0.9, 1);
const luck = fc.record({ dropped: share, duplicated: share, reordered: share, keepsIds: fc.boolean() });

/** What is said: by whom, in which of a few words, in which of a few seconds, and whether a new conversation began. */
const saying = fc.record({
  person: fc.integer({ min: 0, max: 2 }),
  inbound: fc.boolean(),
  body: fc.constantFrom<string>("", "Yes", "No", "Yes, but later; I'll write. ¿Vale? 👍🏽"),
  secondsAgo: fc.integer({ min: 0, max: 5 }),
  type: fc.constantFrom<KapsoMessage["type"]>("text", "text", "image", "reaction"),
  ends: fc.boolean(),
});

describe("whatever becomes of the webhooks", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene();
  });
  afterAll(() => scene.close());

  it("every message is there exactly once after one sync, and the next finds nothing", LONG, async () => {
    const history = fc.tuple(luck, fc.array(saying, { minLength: 1, maxLength: 40 }), fc.nat());
    await fc.assert(
      fc.asyncProperty(history, async ([{ keepsIds, ...fortune }, sayings, seed]) => {
        const { workspace, leads, said } = await act(sayings);
        // A program that keeps no ids writes one row for each time that it is told: only told once, it can be right.
        const webhooks = { ...fortune, ...(!keepsIds && { duplicated: 0 }) };
        for (const lead of leads) {
          const messages = said.filter(({ leadId }) => leadId === lead.id).map(({ message }) => message);
          for (const webhook of deliverWebhooks(messages, webhooks, createRandom(seed))) {
            await recordMessageByWebhook(scene.runtime.db, lead.id, webhook, {
              keepsIds: keepsIds || !isText(webhook),
            });
          }
        }
        expect(await syncOnce(scene, { clientId: workspace.id })).toMatchObject({ errors: 0, oddRows: 0 });
        for (const lead of leads) await expectWhatWasSaid(lead, said);
        expect(await syncOnce(scene, { clientId: workspace.id })).toMatchObject({ missed: 0, named: 0, errors: 0 });
      }),
      { numRuns: RUNS },
    );
  });

  it("also when they come while two runs compare", LONG, async () => {
    for (let round = 0; round < (RUNS > 12 ? 30 : 4); round++) {
      const sayings = Array.from({ length: 60 }, (_, index) => ({
        ...{ person: index % 3, inbound: index % 2 === 0, body: `${index % 7}`, secondsAgo: index % 5 },
        ...{ type: "text" as const, ends: false },
      }));
      const { workspace, leads, said } = await act(sayings);
      const late = said.map(async ({ leadId, message }) => {
        for (const webhook of deliverWebhooks([message], { duplicated: 1 }, createRandom(round))) {
          await recordMessageByWebhook(scene.runtime.db, leadId, webhook);
        }
      });
      const runs = await Promise.all([1, 2].map(() => sync(scene, { clientId: workspace.id })));
      await Promise.all(late);
      expect(runs.filter((run) => run !== "locked" && run.errors > 0)).toEqual([]);
      for (const lead of leads) await expectWhatWasSaid(lead, said);
      expect(await syncOnce(scene, { clientId: workspace.id })).toMatchObject({ missed: 0 });
    }
  });

  interface Said {
    leadId: string;
    message: KapsoMessage;
  }

  async function act(sayings: readonly (typeof saying extends fc.Arbitrary<infer T> ? T : never)[]) {
    const workspace = await addKapsoWorkspace(scene, {
      quirks: { phones: "mixed", endOfListing: "missing", metadata: "object" },
    });
    const leads = await Promise.all([0, 1, 2].map(() => addKapsoLead(scene, workspace)));
    const { kapso } = scene.sandbox;
    const said = sayings.flatMap(({ person, inbound, body, secondsAgo, type, ends }): Said[] => {
      const lead = leads[person];
      if (!lead) return [];
      const writing = { body, type, at: hoursAgo(1 + secondsAgo / 3600) };
      const speak = inbound ? kapso.receive : kapso.send;
      const message = speak.call(kapso, workspace.account, personOf(lead), writing);
      if (ends) kapso.end(message.conversation.id);
      return [{ leadId: lead.id, message }];
    });
    return { workspace, leads, said };
  }

  async function expectWhatWasSaid(lead: { id: string }, said: readonly Said[]): Promise<void> {
    const rows = (await messagesOf(scene, lead)).map(({ externalId }) => externalId);
    const truth = said.filter(({ leadId }) => leadId === lead.id).map(({ message }) => message.id);
    expect(rows.toSorted()).toEqual(truth.toSorted());
  }
});

/** Only of texts do programs that keep no ids know the words. */
function isText({ body }: { body: { message: Record<string, unknown> } }): boolean {
  return body.message["type"] === "text";
}
