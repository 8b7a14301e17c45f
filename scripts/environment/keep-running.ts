import { describeError } from "@/lib/core/errors";
import { SECOND_MS } from "@/lib/core/time";
import type { Teardown } from "./command";
import { type App, type CronAnswer, figuresOf } from "./cron-call";
import { type CronEntry, nextRunAfter } from "./crons";
import { addressesOf, startApp, startSurroundings } from "./environment";
import { createRestlessInboxes } from "./restless-inboxes";
import { createRestlessTalk } from "./restless-talk";
import { createRestlessWorld } from "./restless-world";
import { addTalkingWorkspaces } from "./sample-conversations";
import { addSampleFollowUps } from "./sample-follow-ups";
import { addSampleLeads } from "./sample-leads";
import { addSampleWorkspaces, isReachable } from "./sample-workspaces";
import { startTicker } from "./ticker";

type Print = (line?: string) => void;

/** Often enough that every minute's tick finds something, seldom enough to read along. */
const SOMETHING_HAPPENS_EVERY_MS = 12 * SECOND_MS;
/** Most sequences are to come to their end. */
const SOMETHING_IS_HEARD_EVERY_MS = 50 * SECOND_MS;

/** Starts everything and keeps it running until the process is told to end. */
export async function keepRunning(teardown: Teardown, print: Print): Promise<never> {
  const port = portFrom(process.env["PORT"]);
  print("Starting PostgreSQL, the sandbox and the app …");
  const surroundings = await startSurroundings(teardown);
  const { sandbox, db, database } = surroundings;
  const [{ app, crons }, leads, followed, talking] = await Promise.all([
    startApp(surroundings, { port, variables: "callers", onOutput: (text) => process.stderr.write(text) }, teardown),
    addSampleWorkspaces(sandbox, db).then((workspaces) => addSampleLeads(db, workspaces)),
    addSampleFollowUps(sandbox, db),
    addTalkingWorkspaces(sandbox, db),
  ]);
  introduce(app, crons, database, print);
  introduceCommandLines({ DATABASE_URL: database.url, ...addressesOf(sandbox) }, print);

  const stopTicking = startTicker(crons, app, {
    answered: (cron, answer) => print(describeAnswer(cron, answer)),
    failed: ({ job }, reason) => print(`${clockTime()}  ${job}: no answer: ${reason}`),
  });
  const say = (text: string) => print(`${clockTime()}  (${text})`);
  const sayWhat = (happening: Promise<string>, otherwise: string) =>
    happening.then(say, (error: unknown) => say(`${otherwise}: ${describeError(error)}`));
  const goOn = createRestlessWorld([...leads.filter(({ workspace }) => isReachable(workspace)), ...followed]);
  const talkOn = createRestlessTalk(talking, surroundings);
  const hearSomething = createRestlessInboxes(db, followed);
  const world = setInterval(() => {
    say(goOn());
    void sayWhat(talkOn(), "nobody talks");
  }, SOMETHING_HAPPENS_EVERY_MS);
  const inboxes = setInterval(() => void sayWhat(hearSomething(), "nobody is heard"), SOMETHING_IS_HEARD_EVERY_MS);
  teardown.add(async () => {
    stopTicking();
    clearInterval(world);
    clearInterval(inboxes);
    print("Stopping …");
  });
  return new Promise(() => undefined);
}

const USUAL_PORT = 3000;

function portFrom(text: string | undefined): number {
  const port = Number(text?.trim() || USUAL_PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error("PORT must be a number from 1 to 65535");
  return port;
}

function introduce(app: App, crons: readonly CronEntry[], database: { url: string; name: string }, print: Print): void {
  const own = process.env["DATABASE_URL"]?.trim() ? `${database.name}, on the server of DATABASE_URL` : database.url;
  print();
  print(`App       ${app.url}`);
  print(`Secret    ${app.secret}`);
  print(`Database  ${own}`);
  print("Crons");
  const now = new Date();
  for (const { path, schedule } of crons) {
    print(`  ${schedule.padEnd(12)}  ${path}, next at ${clockTime(nextRunAfter(schedule, now))}`);
  }
  print();
  print("A cron, now, with everybody due:");
  print(`  curl -H "Authorization: Bearer ${app.secret}" \\`);
  print(`    "${app.url}${crons[0]?.path ?? ""}?hotMinutes=0&staleDays=0"`);
}

/** What a backfill needs to work on this database, in another terminal. A server of the caller's stays unnamed. */
function introduceCommandLines(variables: Record<string, string>, print: Print): void {
  const { DATABASE_URL, ...addresses } = variables;
  const isOwn = !process.env["DATABASE_URL"]?.trim();
  const shown = isOwn ? { DATABASE_URL, ...addresses } : addresses;
  print();
  print("The command lines, in another terminal, after:");
  print(
    `  export ${Object.entries(shown)
      .map(([name, value]) => `${name}=${value}`)
      .join(" ")}`,
  );
  print();
  print("People book, move and cancel, and no webhook tells of it; they write, and some webhooks are lost; those in");
  print("sequences reply. Ctrl-C ends it.");
  print();
}

/** `errorsByKind`, `byProvider`: the parts of a figure that is told already. */
const BREAKDOWN = /^(by|\w+By)[A-Z]/;

/** The figures that are not zero, in one line. */
function describeAnswer({ job }: CronEntry, { status, durationMs, body }: CronAnswer): string {
  const figures = figuresOf(body).flatMap(([name, figure]) =>
    figure !== 0 && name !== "durationMs" && !BREAKDOWN.test(name) ? [`${name} ${figure}`] : [],
  );
  const outcome = status === 200 ? figures.join(", ") || String(body["reason"] ?? "nothing to do") : body["error"];
  return `${clockTime()}  ${job}: ${status} in ${durationMs} ms: ${outcome}`;
}

function clockTime(at = new Date()): string {
  return at.toTimeString().slice(0, "hh:mm:ss".length);
}
