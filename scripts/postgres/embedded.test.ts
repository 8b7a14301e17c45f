import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { withPg } from "../testing/pg";
import { type DatabaseServer, startEmbeddedPostgres } from "./embedded";

/** A folder for temporary files that no other run sweeps or fills. */
let temporary: string;

/** The one that is embedded, unless the suite is to run on another. */
const FOREIGN = process.env["LEADLINE_POSTGRES_BIN"];
const VERSION = FOREIGN
  ? /\d+/.exec(execFileSync(path.join(FOREIGN, "postgres"), ["--version"], { encoding: "utf8" }))?.[0]
  : "18";

beforeAll(() => {
  temporary = mkdtempSync(path.join(tmpdir(), "leadline-test-"));
  chmodSync(temporary, 0o711);
  vi.stubEnv("TMPDIR", temporary);
});

afterAll(() => {
  vi.unstubAllEnvs();
  const left = readdirSync(temporary).filter((name) => !name.startsWith("tsx-"));
  rmSync(temporary, { recursive: true });
  expect(left).toEqual([]);
});

describe("an embedded server", () => {
  it("is a real PostgreSQL that only this machine can reach, with the settings asked for", async () => {
    const server = await startForThisTest({ settings: { max_connections: "37" } });
    expect(await show(server.url, "server_version")).toMatch(new RegExp(`^${VERSION}\\.`));
    expect(await show(server.url, "listen_addresses")).toBe("127.0.0.1");
    expect(await show(server.url, "max_connections")).toBe("37");
  });

  it("has a port and a password of its own, however many start at once", async () => {
    const [one, other] = await Promise.all([startForThisTest(), startForThisTest()]);
    expect(new URL(one.url).port).not.toBe(new URL(other.url).port);
    const withForeignPassword = new URL(one.url);
    withForeignPassword.password = new URL(other.url).password;
    await expect(show(withForeignPassword.toString(), "port")).rejects.toThrow("password authentication failed");
  });

  it("is gone with its folder once it is stopped, even by a second call", async () => {
    const server = await startEmbeddedPostgres();
    const folder = await findFolder(server.url);
    await server.stop();
    await server.stop();
    expect(existsSync(folder)).toBe(false);
    await expect(show(server.url, "port")).rejects.toThrow("ECONNREFUSED");
  });

  it("is stopped while somebody is connected", async () => {
    const server = await startEmbeddedPostgres();
    await withPg(server.url, async (client) => {
      await server.stop();
      await expect(client.query("SELECT 1")).rejects.toThrow();
    });
  });

  it("says in the server's words why it does not start", async () => {
    const start = startEmbeddedPostgres({ settings: { shared_buffers: "plenty" } });
    await expect(start).rejects.toThrow(/invalid value for parameter "shared_buffers"/);
  });
});

describe("an embedded server whose user ends without stopping it", () => {
  it.each([
    ["killed", (pid: number) => process.kill(pid, "SIGKILL")],
    ["interrupted at a terminal, with all its group", (pid: number) => process.kill(-pid, "SIGINT")],
  ])("because it is %s, goes with its folder", async (_, end) => {
    const { url, pid } = await startInAnotherProcess();
    const folder = await findFolder(url);
    end(pid);
    await vi.waitUntil(() => !existsSync(folder), PATIENCE);
    await expect(show(url, "port")).rejects.toThrow("ECONNREFUSED");
  });
});

describe("an embedded server that is itself killed", () => {
  it("leaves neither folder nor shared memory, and its supervisor ends", async () => {
    const server = await startEmbeddedPostgres();
    const folder = await findFolder(server.url);
    const sharedMemory = readSharedMemory(folder);
    process.kill(readPostmaster(folder), "SIGKILL");
    await vi.waitUntil(() => !existsSync(folder), PATIENCE);
    expect(listSharedMemory()).not.toContain(sharedMemory);
    await server.stop();
  });
});

describe("an embedded server whose supervisor is killed", () => {
  it("is swept away by the next start, which leaves living ones alone", async () => {
    const living = await startForThisTest();
    const orphan = await startEmbeddedPostgres();
    const folder = await findFolder(orphan.url);
    process.kill(findSupervisor(folder), "SIGKILL");
    await orphan.stop();
    expect(await show(orphan.url, "port")).toBe(new URL(orphan.url).port);

    await startForThisTest();
    expect(existsSync(folder)).toBe(false);
    await expect(show(orphan.url, "port")).rejects.toThrow("ECONNREFUSED");
    expect(await show(living.url, "port")).toBe(new URL(living.url).port);
  });

  it("leaves a folder and shared memory that go at the next start when the server was killed too", async () => {
    const server = await startEmbeddedPostgres();
    const folder = await findFolder(server.url);
    const sharedMemory = readSharedMemory(folder);
    const supervisor = findSupervisor(folder);
    process.kill(supervisor, "SIGKILL");
    process.kill(readPostmaster(folder), "SIGKILL");
    await server.stop();
    await startForThisTest();
    expect(existsSync(folder)).toBe(false);
    expect(listSharedMemory()).not.toContain(sharedMemory);
  });
});

/** A loaded machine takes its time to stop a server. */
const PATIENCE = { timeout: 30_000, interval: 50 };

async function startForThisTest(...options: Parameters<typeof startEmbeddedPostgres>): Promise<DatabaseServer> {
  const server = await startEmbeddedPostgres(...options);
  onTestFinished(() => server.stop());
  return server;
}

async function startInAnotherProcess(): Promise<{ url: string; pid: number }> {
  const fixture = fileURLToPath(new URL("./embedded.fixture.ts", import.meta.url));
  const args = ["--import", "tsx", fixture];
  const user = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], detached: true });
  onTestFinished(() => void user.kill("SIGKILL"));
  const [line] = await once(user.stdout.setEncoding("utf8"), "data");
  if (!user.pid) throw new Error("the process has no id");
  return { url: String(line).trim(), pid: user.pid };
}

async function show(url: string, setting: string): Promise<string> {
  const query = "SELECT current_setting($1) AS value";
  return withPg(url, async (client) => (await client.query<{ value: string }>(query, [setting])).rows[0]?.value ?? "");
}

/** The folder that holds the server's data and whatever else it needs. */
async function findFolder(url: string): Promise<string> {
  return path.dirname(await show(url, "data_directory"));
}

function readPostmaster(folder: string): number {
  return Number.parseInt(readFileSync(path.join(folder, "data", "postmaster.pid"), "utf8"), 10);
}

function findSupervisor(folder: string): number {
  return Number(execFileSync("ps", ["-o", "ppid=", "-p", String(readPostmaster(folder))], { encoding: "utf8" }));
}

/** Key and id of the System V segment that guards the server's folder. */
function readSharedMemory(folder: string): string {
  const [key, id] =
    readFileSync(path.join(folder, "data", "postmaster.pid"), "utf8")
      .split("\n")[6]
      ?.match(/\d+/g) ?? [];
  return `${key} ${id}`;
}

/** Keys and ids of the System V segments of this machine; empty where it does not tell. */
function listSharedMemory(): string[] {
  if (!existsSync("/proc/sysvipc/shm")) return [];
  const lines = readFileSync("/proc/sysvipc/shm", "utf8").split("\n");
  return lines.map((line) => line.trim().split(/\s+/).slice(0, 2).join(" "));
}
