import { DAY_MS, HOUR_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import type { TalkingLead, TalkingWorkspace } from "../../environment/sample-conversations";
import type { Act } from "../chapter";
import { MERGED, STORIES, type Story } from "./stories";
import { type Bounds, Thread } from "./thread";

/** A story, the lead who lives through it, and what has to be on record of it. */
export interface Telling {
  readonly lead: TalkingLead;
  readonly workspace: TalkingWorkspace;
  readonly thread: Thread;
  readonly scenes: ReturnType<Story["tell"]>;
  readonly events: readonly string[];
}

export interface Zoo {
  readonly tellings: readonly Telling[];
  readonly merges: readonly { workspace: TalkingWorkspace; from: TalkingLead; into: TalkingLead }[];
}

/** Every story is over before now, also the one that takes five days. */
const BEGUN_BEFORE_MS = 7 * DAY_MS;
/** The stories begin one after the other, so that they are on more than one day. */
const BEGUN_EVERY_MS = 5 * HOUR_MS;
/** The defaults of a campaign, and what they are changed to after the first act. */
const BOUNDS_AT_FIRST: Bounds = { minSeconds: 180, maxSeconds: 420 };
const BOUNDS_LATER: Bounds = { minSeconds: 20, maxSeconds: 45 };

/** Deals each story to a lead of each workspace; the pair that will be one follows them. */
export function openZoo(workspaces: readonly TalkingWorkspace[]): Zoo {
  const begunAt = Date.now() - BEGUN_BEFORE_MS;
  const tellings: Telling[] = [];
  const merges: Zoo["merges"][number][] = [];
  for (const workspace of workspaces) {
    const cast = (place: number, story: Story, { begunPlace = place, events = story.events } = {}) => {
      const lead = workspace.leads[place];
      if (!lead) throw new Error("there are more stories than leads");
      const thread = new Thread(lead, story.channel, new Date(begunAt + begunPlace * BEGUN_EVERY_MS), BOUNDS_AT_FIRST);
      tellings.push({ lead, workspace, thread, scenes: story.tell(thread), events });
      return lead;
    };
    for (const [place, story] of STORIES.entries()) cast(place, story);
    const place = STORIES.length;
    const into = cast(place, MERGED.first, { events: MERGED.events });
    const from = cast(place + 1, MERGED.second, { begunPlace: place, events: [] });
    merges.push({ workspace, from, into });
  }
  return { tellings, merges };
}

/** Tells this act of every story, changes the campaigns after the first act, and merges in the last. */
export async function playZoo({ tellings, merges }: Zoo, act: Act, db: Db): Promise<void> {
  if (act === 1) await changeBounds(tellings, db);
  for (const { thread, scenes } of tellings) {
    scenes[act]?.();
    await thread.flush(db);
  }
  if (act !== 2) return;
  for (const { from, into } of merges) {
    await db.message.updateMany({ where: { leadId: from.id }, data: { leadId: into.id } });
    await db.lead.update({ where: { id: from.id }, data: { status: "archived" } });
  }
}

/** What is drafted from now on waits less; what was sent before keeps what it waited for. */
async function changeBounds(tellings: readonly Telling[], db: Db): Promise<void> {
  const ids = [...new Set(tellings.map(({ workspace }) => workspace.campaignId))];
  const { minSeconds, maxSeconds } = BOUNDS_LATER;
  await db.campaign.updateMany({
    where: { id: { in: ids } },
    data: { autoSendDelayMinSeconds: minSeconds, autoSendDelayMaxSeconds: maxSeconds },
  });
  for (const { thread } of tellings) thread.bounds = BOUNDS_LATER;
}
