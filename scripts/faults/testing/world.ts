import type { Db } from "@/lib/db/client";
import type { Act, Chapter } from "../../demo/chapter";
import { openConversations } from "../../demo/conversations/conversations";
import {
  playAct as playSequences,
  type Stage as SequenceStage,
  setStage as setSequences,
} from "../../demo/follow-ups/stage";
import { calendlyPerson, ghlPerson } from "../../environment/person";
import type { SampleWorkspace } from "../../environment/sample-workspaces";
import { nameOfToken } from "../../sandbox/request";
import { addCalendlyWorkspace, addGhlWorkspace, type Scene } from "../../testing/scene";
import { playAct as playMeetings, type Stage, setStage } from "../../truth/stage";

/**
 * How many workspaces of each provider book meetings, and how many leads are in each: 24 leads live through every plot
 * that there is. `sequences` are the workspaces that write to leads, `conversations` those that talk with them.
 */
export interface Size {
  ghl: number;
  calendly: number;
  leads: number;
  sequences: boolean;
  conversations: boolean;
}

export const NOTHING: Size = { ghl: 0, calendly: 0, leads: 0, sequences: false, conversations: false };
export const MEETINGS: Size = { ...NOTHING, ghl: 2, calendly: 1, leads: 24 };
export const SEQUENCES: Size = { ...NOTHING, sequences: true };
export const CONVERSATIONS: Size = { ...NOTHING, conversations: true };

/** Everybody who lives through something, in three acts. */
export interface World {
  /** Leads who book, move and cancel meetings. */
  stage: Stage;
  /** Leads who are written to. */
  sequences: SequenceStage | null;
  /** Leads who write, and are answered. */
  conversations: Chapter | null;
  /** Under which name the ledger counts a workspace's requests: by workspace and provider. */
  accountOf(clientId: string, provider: string): string | undefined;
  /** What may be in no log and no answer: credentials, addresses and numbers. */
  secrets: readonly string[];
}

/** Workspaces whose provider is well by itself, with leads at the beginning of their plots. */
export async function startWorld(scene: Scene, size: Size): Promise<World> {
  const { sandbox, runtime } = scene;
  const workspaces: SampleWorkspace[] = [];
  for (let place = 0; place < size.ghl; place++) workspaces.push(await openGhl(scene, place, size.leads));
  for (let place = 0; place < size.calendly; place++) workspaces.push(await openCalendly(scene, place, size.leads));
  const stage = await setStage(sandbox, runtime.db, workspaces);
  const sequences = size.sequences ? await setSequences(sandbox, runtime.db) : null;
  const conversations = size.conversations ? await openConversations(sandbox, runtime.db) : null;
  const clients = await runtime.db.client.findMany();
  const accounts = new Map(clients.flatMap((client) => accountsOf(client)));
  liftLimits(scene, accounts);
  return {
    ...{ stage, sequences, conversations },
    accountOf: (clientId, provider) => accounts.get(`${clientId} ${provider}`),
    secrets: [...clients.flatMap(credentialsOf), ...(await findPeople(runtime.db))],
  };
}

/** Lets everybody do what their plots say for this act. */
export async function playWorld({ stage, sequences, conversations }: World, act: Act): Promise<void> {
  playMeetings(stage, act);
  if (sequences) await playSequences(sequences, act);
  await conversations?.play(act);
}

type ClientRow = Awaited<ReturnType<Db["client"]["findMany"]>>[number];

function accountsOf(client: ClientRow): [string, string][] {
  const { id, ghlLocationId, calendlyAccessToken, kapsoApiKey } = client;
  return [
    ...(ghlLocationId ? [[`${id} GHL`, ghlLocationId] satisfies [string, string]] : []),
    ...(calendlyAccessToken ? [[`${id} CALENDLY`, nameOfToken(calendlyAccessToken)] satisfies [string, string]] : []),
    ...(kapsoApiKey ? [[`${id} KAPSO`, nameOfToken(kapsoApiKey)] satisfies [string, string]] : []),
  ];
}

function credentialsOf({ ghlPrivateKey, calendlyAccessToken, kapsoApiKey }: ClientRow): string[] {
  return [ghlPrivateKey, calendlyAccessToken, kapsoApiKey].filter((secret) => secret !== null);
}

async function findPeople(db: Db): Promise<string[]> {
  const leads = await db.lead.findMany({ select: { email: true, phone: true } });
  return leads.flatMap(({ email, phone }) => [email, phone]).filter((told) => told !== null);
}

/** As many requests as are sent, in whatever time: rates are what other tests are about. */
function liftLimits({ sandbox }: Scene, accounts: ReadonlyMap<string, string>): void {
  const plenty = { requests: 1_000_000, windowMs: 10_000 };
  for (const account of accounts.values()) {
    const location = sandbox.ghl.location(account);
    if (location) Object.assign(location, { limits: { burst: plenty, daily: plenty } });
    const project = sandbox.kapso.projectOfAccount(account);
    if (project) Object.assign(project, { limit: plenty });
  }
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
