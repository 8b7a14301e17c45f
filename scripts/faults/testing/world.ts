import { calendlyPerson, ghlPerson } from "../../environment/person";
import type { SampleWorkspace } from "../../environment/sample-workspaces";
import { nameOfToken } from "../../sandbox/http";
import { addCalendlyWorkspace, addGhlWorkspace, type Scene } from "../../testing/scene";
import { type Stage, setStage } from "../../truth/stage";

/** How many workspaces of each provider, and how many leads in each. 24 leads live through every plot that there is. */
export interface Size {
  ghl: number;
  calendly: number;
  leads: number;
}

export const USUAL_SIZE: Size = { ghl: 2, calendly: 1, leads: 24 };

/** Workspaces whose provider is well by itself, with leads at the beginning of their plots. */
export async function startWorld(scene: Scene, { ghl, calendly, leads }: Size): Promise<Stage> {
  const workspaces: SampleWorkspace[] = [];
  for (let place = 0; place < ghl; place++) workspaces.push(await openGhl(scene, place, leads));
  for (let place = 0; place < calendly; place++) workspaces.push(await openCalendly(scene, place, leads));
  return setStage(scene.sandbox, scene.runtime.db, workspaces);
}

async function openGhl(scene: Scene, place: number, leadCount: number): Promise<SampleWorkspace> {
  const { ghl } = scene.sandbox;
  const { id, account } = await addGhlWorkspace(scene);
  return {
    ...{ id, account, leadCount, name: `HighLevel ${place + 1}`, about: "", standing: "good" },
    enrol(who) {
      const [firstName = "", lastName = ""] = who.name.split(" ");
      return ghlPerson(ghl, ghl.addContact(account, { email: who.email, firstName, lastName }).id);
    },
  };
}

async function openCalendly(scene: Scene, place: number, leadCount: number): Promise<SampleWorkspace> {
  const { calendly } = scene.sandbox;
  const { id, account: organizationUri } = await addCalendlyWorkspace(scene);
  const { calendlyAccessToken } = await scene.runtime.db.client.findUniqueOrThrow({ where: { id } });
  return {
    ...{ id, leadCount, name: `Calendly ${place + 1}`, about: "", standing: "good" },
    account: nameOfToken(calendlyAccessToken),
    enrol: (who) => calendlyPerson(calendly, { organizationUri, ...who }),
  };
}
