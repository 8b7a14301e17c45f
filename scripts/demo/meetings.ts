import { addSampleWorkspaces } from "../environment/sample-workspaces";
import { playAct, type Stage, setStage } from "../truth/stage";
import type { OpenChapter } from "./chapter";
import { checkCircuits, checkRecords } from "./checks";
import { formatWorkspaces } from "./report";

/** Leads book, move and cancel meetings, and no webhook tells of it. */
export const openMeetings: OpenChapter = async (sandbox, db) => {
  const stage = await setStage(sandbox, db, await addSampleWorkspaces(sandbox, db));
  return {
    about: describeStage(stage),
    play: async (act) => [...playAct(stage, act)].map(([deed, count]) => `${count} ${deed}`).join(", "),
    tables: () => formatWorkspaces(stage, sandbox, db),
    checks: async () => [...(await checkRecords(stage, sandbox, db)), await checkCircuits(stage, db)],
  };
};

function describeStage({ workspaces, parts }: Stage): string {
  const known = parts.filter(({ plot }) => plot.beginning?.startsWith("meeting")).length;
  return `${workspaces.length} workspaces with ${parts.length} leads; of ${known} of them a meeting is on record already.`;
}
