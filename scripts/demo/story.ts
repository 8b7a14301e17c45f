import type { Teardown } from "../environment/command";
import { startApp, startSurroundings } from "../environment/environment";
import { takeSnapshot } from "../truth/snapshot";
import type { OpenChapter } from "./chapter";
import { checkAudits, checkRate, checkStillness, checkTicks } from "./checks";
import { openConversations } from "./conversations/conversations";
import { openFollowUps } from "./follow-ups/chapter";
import { openMeetings } from "./meetings";
import { formatChecks, formatTick, formatTicks, type Paint, seconds } from "./report";
import { type TickOfJob, tickAll } from "./ticks";

export interface Telling {
  print(line?: string): void;
  paint: Paint;
}

const CHAPTERS: readonly OpenChapter[] = [openMeetings, openFollowUps, openConversations];

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
  const [{ app, crons }, ...chapters] = await Promise.all([
    startApp(surroundings, { port: "free", variables: "defaults" }, teardown),
    ...CHAPTERS.map((open) => open(sandbox, db)),
  ]);
  print(`The app answers at ${app.url} (${timer.lap()}).`);
  for (const { about } of chapters) print(about);

  const rounds: { name: string; ticks: TickOfJob[] }[] = [];
  const tick = async (name: string) => {
    const ticks = await tickAll(crons, app);
    rounds.push({ name, ticks });
    for (const line of formatTick(ticks)) print(line);
  };
  for (const { act, name, title } of ACTS) {
    print(`\n${paint("bold", title)}`);
    for (const chapter of chapters) {
      const deeds = await chapter.play(act);
      if (deeds) print(`  ${deeds}`);
    }
    await tick(name);
  }
  print(`\n${paint("bold", "Nothing happens")}, and the crons tick once more`);
  const before = await takeSnapshot(db);
  await tick("last tick");
  const after = await takeSnapshot(db);
  print(`\nAll ticks took ${timer.lap()}.\n`);

  for (const line of formatTicks(rounds)) print(line);
  for (const chapter of chapters) for (const line of ["", ...(await chapter.tables())]) print(line);
  print(`\n${paint("bold", "What the sandbox says is true, against what the database says")}`);
  const checks = [
    ...(await Promise.all(chapters.map((chapter) => chapter.checks()))).flat(),
    checkTicks(rounds.flatMap(({ ticks }) => ticks)),
    checkAudits(rounds.flatMap(({ ticks }) => ticks)),
    checkStillness(before, after),
    checkRate(sandbox),
  ];
  for (const line of formatChecks(checks, paint)) print(line);
  const agreed = checks.every(({ disagreements }) => disagreements.length === 0);
  print(`\n${agreed ? paint("green", "It all agrees.") : paint("red", "It does not agree.")} ${timer.total()} in all.`);
  return agreed ? "agreed" : "failed";
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
