import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../sandbox/random";
import { openScene, type Scene } from "../testing/scene";
import { createRestlessTalk } from "./restless-talk";
import { addTalkingWorkspaces } from "./sample-conversations";

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

describe("people who talk", () => {
  it("write and are answered, and what no webhook told of is on WhatsApp alone", async () => {
    const { sandbox, runtime } = scene;
    const workspaces = await addTalkingWorkspaces(sandbox, runtime.db);
    const goOn = createRestlessTalk(workspaces, { sandbox, db: runtime.db }, createRandom(5));
    const told: string[] = [];
    for (let deed = 0; deed < 60; deed++) told.push(await goOn());

    const count = (pattern: RegExp) => told.filter((text) => pattern.test(text)).length;
    const rows = (where: { channel: string; direction?: string }) => runtime.db.message.count({ where });
    const lost = count(/webhook is lost$/);
    expect(lost).toBeGreaterThan(0);
    expect(await rows({ channel: "whatsapp" })).toBe(count(/on WhatsApp/) - lost);
    expect(await rows({ channel: "sms", direction: "inbound" })).toBe(count(/writes .* by text message$/));
    expect(await rows({ channel: "sms", direction: "outbound" })).toBe(count(/answers .* by text message$/));
    const said = workspaces.flatMap(({ number, leads }) =>
      leads.flatMap(({ person }) => sandbox.kapso.truthOf(number.id, person)),
    );
    expect(said).toHaveLength(count(/on WhatsApp/));
  });
});
