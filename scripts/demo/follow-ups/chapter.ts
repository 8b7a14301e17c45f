import { clockAt } from "../../environment/calendar";
import type { OpenChapter } from "../chapter";
import { checkFollowUps, checkSenders } from "./checks";
import { playAct, type Stage, setStage } from "./stage";
import { formatPlots } from "./table";

/** Leads are written to in sequences, and book, reply, snooze and cannot be reached meanwhile. */
export const openFollowUps: OpenChapter = async (sandbox, db) => {
  const stage = await setStage(sandbox, db);
  return {
    about: describeStage(stage),
    play: async (act) => [...(await playAct(stage, act))].map(([deed, count]) => `${count} ${deed}`).join(", "),
    tables: () => formatPlots(stage, sandbox, db),
    checks: async () => [...(await checkFollowUps(stage, sandbox, db)), await checkSenders(stage, db)],
  };
};

const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

function describeStage({ workspaces, parts, now }: Stage): string {
  const [{ hours } = { hours: null }] = workspaces;
  if (hours === null) throw new Error("there are no workspaces");
  const { utcOffsetHours, workStartTime, workEndTime } = hours;
  const clock = clockAt(now, utcOffsetHours);
  const zone = `UTC${utcOffsetHours < 0 ? "" : "+"}${utcOffsetHours}`;
  const time = `${WEEKDAYS[clock.getUTCDay()]} ${clock.toISOString().slice("yyyy-mm-ddT".length, -":ss.sssZ".length)}`;
  const open = `open from ${workStartTime} to ${workEndTime}`;
  return `${workspaces.length} more with ${parts.length} leads in sequences; where they are (${zone}) it is ${time}, ${open}.`;
}
