import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, it, vi } from "vitest";

const BUILDS_FOLDER = fileURLToPath(new URL("../../.leadline", import.meta.url));

it("is gone with its build folder when its user was killed and could tidy nothing up", async () => {
  const before = listBuilds();
  const user = startUser();
  const [line] = user.stdout ? await once(user.stdout, "data") : [];
  const url = String(line).trim();
  expect(await isListening(url)).toBe(true);
  const own = listBuilds().filter((name) => !before.includes(name));
  expect(own).not.toEqual([]);

  user.kill("SIGKILL");
  await vi.waitFor(async () => expect(await isListening(url)).toBe(false), PATIENCE);
  // Others may have come and gone meanwhile; of those that were new here, ours is one.
  await vi.waitFor(() => expect(listBuilds()).not.toEqual(expect.arrayContaining(own)), PATIENCE);
});

it("says why it did not start: an environment that is wrong stops it", async () => {
  const user = startUser("abc");
  const [complaint, [code]] = await Promise.all([user.stderr && text(user.stderr), once(user, "exit")]);
  expect(complaint).toContain("RECONCILE_MAX_MS must be a whole number");
  expect(code).not.toBe(0);
});

const PATIENCE = { timeout: 20_000, interval: 100 };

function startUser(...args: string[]): ChildProcess {
  const fixture = fileURLToPath(new URL("./next-server.fixture.ts", import.meta.url));
  return spawn(process.execPath, ["--import", "tsx", fixture, ...args], { stdio: ["ignore", "pipe", "pipe"] });
}

function listBuilds(): string[] {
  return existsSync(BUILDS_FOLDER) ? readdirSync(BUILDS_FOLDER) : [];
}

async function isListening(url: string): Promise<boolean> {
  // Not a page: Next would compile it first.
  return fetch(`${url}/_next/static/nothing-here.js`).then(
    () => true,
    () => false,
  );
}
