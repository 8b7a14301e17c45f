import { addTalkingWorkspaces, type TalkingWorkspace } from "../../environment/sample-conversations";
import type { OpenChapter } from "../chapter";
import { checkDelays, checkEvents, checkFlags, checkMessages, checkStories, checkSync } from "./checks";
import { formatRecovery, formatResponseTimes } from "./tables";
import { Correspondence, castTalkers, quieten } from "./whatsapp";
import { openZoo, playZoo } from "./zoo";

/** Leads write and are answered: on WhatsApp, where webhooks get lost, and elsewhere, in every way that is timed. */
export const openConversations: OpenChapter = async (sandbox, db) => {
  const workspaces = await addTalkingWorkspaces(sandbox, db);
  const talkers = castTalkers(workspaces);
  await quieten(db, talkers);
  const correspondence = new Correspondence(talkers, sandbox, db);
  const zoo = openZoo(workspaces);
  return {
    about: describeStage(workspaces),
    async play(act) {
      const said = await correspondence.play(act);
      await playZoo(zoo, act, db);
      return `${said.length} messages on WhatsApp, ${said.filter(({ lost }) => lost).length} webhooks lost`;
    },
    tables: async () => [
      ...(await formatRecovery(workspaces, correspondence.said, db)),
      "",
      ...(await formatResponseTimes(workspaces, db)),
    ],
    checks: () =>
      Promise.all([
        checkMessages(talkers, sandbox, db),
        checkSync(workspaces, correspondence.said, db),
        checkFlags(talkers, db),
        checkEvents(workspaces, db),
        checkStories(zoo.tellings, db),
        checkDelays(
          workspaces,
          zoo.tellings.flatMap(({ thread }) => thread.answers),
          db,
        ),
      ]),
  };
};

function describeStage(workspaces: readonly TalkingWorkspace[]): string {
  const leads = workspaces.flatMap((workspace) => workspace.leads).length;
  return `${workspaces.length} workspaces that talk with ${leads} leads, some of them over WhatsApp.`;
}
