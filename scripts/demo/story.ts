import type { Teardown } from "../environment/command";
import { startApp, startSurroundings } from "../environment/environment";
import { addSampleWorkspaces } from "../environment/sample-workspaces";
import { takeSnapshot } from "../truth/snapshot";
import { playAct, type Stage, setStage } from "../truth/stage";
import { checkCircuits, checkRate, checkRecords, checkStillness, checkTicks } from "./checks";
import { formatChecks, formatTick, formatTicks, formatWorkspaces, type Paint, seconds } from "./report";
import { type TickOfJob, tickAll } from "./ticks";

export interface Telling {
  print(line?: string): void;
  paint: Paint;
}

const ACTS = [
  { act: 0, name: "tick 1", title: "Webhooks are lost" },
  { act: 1, name: "tick 2", title: "People change their minds" },
  { act: 2, name: "tick 3", title: "And again" },
] as const;

/**
 * The demo: three times the world moves on without telling us, and the crons find out; once it does not, and they find
 * nothing. At the end all that is true is compared with all that is on record.
 */
export async function tellStory(teardown: Teardown, telling: Telling): Promise<"agreed" | "failed"> {
  const { print, paint } = telling;
  const timer = startTimer();
  const surroundings = await startSurroundings(teardown);
  const { sandbox, db } = surroundings;
  print(`PostgreSQL, migrations and sandbox are up (${timer.lap()}). Starting the app, seeding meanwhile …`);
  const [{ app, crons }, stage] = await Promise.all([
    startApp(surroundings, { port: "free", variables: "defaults" }, teardown),
    addSampleWorkspaces(sandbox, db).then((workspaces) => setStage(sandbox, db, workspaces)),
  ]);
  print(`The app answers at ${app.url} (${timer.lap()}).`);
  print(describeStage(stage));

  const rounds: { name: string; ticks: TickOfJob[] }[] = [];
  const tick = async (name: string) => {
    const ticks = await tickAll(crons, app);
    rounds.push({ name, ticks });
    for (const line of formatTick(ticks)) print(line);
  };
  for (const { act, name, title } of ACTS) {
    const deeds = [...playAct(stage, act)].map(([deed, count]) => `${count} ${deed}`).join(", ");
    print(`\n${paint("bold", title)}: ${deeds}.`);
    await tick(name);
  }
  print(`\n${paint("bold", "Nothing happens")}: the crons tick once more.`);
  const before = await takeSnapshot(db);
  await tick("last tick");
  const after = await takeSnapshot(db);
  print(`\nAll ticks took ${timer.lap()}.\n`);

  for (const line of formatTicks(rounds)) print(line);
  print();
  for (const line of await formatWorkspaces(stage, sandbox, db)) print(line);
  print(`\n${paint("bold", "What the sandbox says is true, against what the database says")}`);
  const checks = [
    ...(await checkRecords(stage, sandbox, db)),
    checkTicks(rounds.flatMap(({ ticks }) => ticks)),
    checkStillness(before, after),
    await checkCircuits(stage, db),
    checkRate(sandbox),
  ];
  for (const line of formatChecks(checks, paint)) print(line);
  const agreed = checks.every(({ disagreements }) => disagreements.length === 0);
  print(`\n${agreed ? paint("green", "It all agrees.") : paint("red", "It does not agree.")} ${timer.total()} in all.`);
  return agreed ? "agreed" : "failed";
}

function describeStage({ workspaces, parts }: Stage): string {
  const known = parts.filter(({ plot }) => plot.beginning?.startsWith("meeting")).length;
  return `${workspaces.length} workspaces with ${parts.length} leads; of ${known} of them a meeting is on record already.`;
}

function startTimer() {
  const startedMs = performance.now();
  let lapMs = startedMs;
  return {
    lap() {
      const sinceMs = lapMs;
      lapMs = performance.now();
      return seconds(lapMs - sinceMs);
    },
    total: () => seconds(performance.now() - startedMs),
  };
}
