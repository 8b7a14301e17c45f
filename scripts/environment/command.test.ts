import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const TAKEN_DOWN = "started\nsecond is taken down\nfirst is taken down\n";

it.each([
  ["agree", 0, ""],
  ["disagree", 1, ""],
  ["throw", 1, "out of luck\n"],
])("takes everything down, last first, when it ends by itself: %s", async (how, code, err) => {
  expect(await run(how)).toEqual({ code, out: TAKEN_DOWN, err });
});

it.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("does so on %s too", async (signal, code) => {
  expect(await run("wait", signal)).toEqual({ code, out: TAKEN_DOWN, err: "" });
});

async function run(how: string, signal?: NodeJS.Signals) {
  const fixture = fileURLToPath(new URL("./command.fixture.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", fixture, how], { stdio: ["ignore", "pipe", "pipe"] });
  if (signal) child.stdout.once("data", () => child.kill(signal));
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code, out, err };
}
