import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Outcome } from "@/lib/core/outcome";
import { sleep } from "@/lib/core/time";
import { type Receiver, startReceiver } from "@/lib/health/testing/stage";
import { type Handler, type Loopback, reply, startLoopback } from "@/lib/providers/testing/loopback";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import { ALL_DONE, type Door, type DoorOptions, openDoor, read, requestWith, type TinyRun } from "./testing/door";

/** Well below the 30 s after which a statement that hangs is given up by itself. */
const LOOKING_GIVES_UP_MS = 25_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const NO_ANSWER: Handler = () => {};
const OK: Handler = (_, response) => reply(response, { body: "OK" });

describe("a run tells its heartbeat", () => {
  it("that it succeeded, under its own id", async () => {
    const { door, beats } = await openWith(async () => ALL_DONE);
    const runId = await runIdOf(door);
    expect(beats.requests.at(-1)).toBe(`GET /check?rid=${runId}`);
  });

  it("that it began, where it takes its time", async () => {
    const { door, beats } = await openWith(async () => {
      await until(() => beats.requests.length > 0);
      return { kind: "ran", result: { exhausted: false, stopReason: "time_budget" } };
    });
    const runId = await runIdOf(door);
    expect(beats.requests).toEqual([`GET /check/start?rid=${runId}`, `GET /check?rid=${runId}`]);
  });

  it.each<[string, TinyRun]>([
    ["failed", async () => ({ kind: "failed", error: "a step failed", result: {} })],
    ["threw", async () => Promise.reject(new Error("out of luck"))],
  ])("that it %s", async (_, run) => {
    const { door, beats } = await openWith(run);
    const runId = await runIdOf(door);
    expect(beats.requests.at(-1)).toBe(`GET /check/fail?rid=${runId}`);
  });

  it("nothing where it found the lease taken: whoever has it speaks for the job", async () => {
    const { door, beats } = await openWith(async () => ({ kind: "locked" }));
    const silent = [];
    // A machine under load may take half a second over one of them: that one tells its start, and its end.
    for (const _ of [1, 2, 3, 4, 5]) {
      const runId = await runIdOf(door);
      const told = beats.requests.filter((request) => request.endsWith(runId));
      if (told.length === 0) silent.push(runId);
      else expect(told).toEqual([`GET /check/start?rid=${runId}`, `GET /check?rid=${runId}`]);
    }
    expect(silent).not.toEqual([]);
  });

  it("its end also then, if it took so long that its start was told: a start alone is a run that hangs", async () => {
    const { door, beats } = await openWith(async () => {
      await until(() => beats.requests.length > 0);
      return { kind: "locked" };
    });
    const runId = await runIdOf(door);
    expect(beats.requests).toEqual([`GET /check/start?rid=${runId}`, `GET /check?rid=${runId}`]);
  });

  it("nothing where it was dry, or about one workspace alone", async () => {
    const { door, beats } = await openWith(async () => ALL_DONE);
    const { id } = await door.runtime.db.client.create({ data: { name: "Acme" } });
    await runIdOf(door, "?dryRun=1");
    await runIdOf(door, `?clientId=${id}`);
    expect(beats.requests).toEqual([]);
    expect(await door.runtime.db.cronRun.findMany({ orderBy: { startedAt: "asc" } })).toMatchObject([
      { onlyClientId: null },
      { onlyClientId: id },
    ]);
  });

  it("that it could not even begin, the database being away", async () => {
    const beats = await listen(OK);
    const nowhere = { url: "postgresql://nobody@127.0.0.1:1/nothing", drop: async () => {} };
    const away = await openDoor({ database: nowhere, environment: { HEARTBEAT_URL_TINY: `${beats.url}/check` } });
    onTestFinished(() => away.close());
    expect(await read(away.GET(requestWith()))).toMatchObject({ status: 503, body: { error: "database_unavailable" } });
    expect(beats.requests).toEqual(["GET /check/fail"]);
  });

  it("nothing where it was refused", async () => {
    const { door, beats } = await openWith(async () => ALL_DONE);
    await door.GET(requestWith("", { headers: {} }));
    await door.GET(requestWith("?size=0"));
    await door.HEAD(requestWith("", { method: "HEAD" }));
    expect(beats.requests).toEqual([]);
  });
});

describe("a run is answered as ever", () => {
  it.each<[string, Handler]>([
    ["refuses", (_, response) => reply(response, { status: 500 })],
    ["never answers", NO_ANSWER],
    ["hangs up", (request) => request.socket.destroy()],
  ])("while whoever hears its heartbeat and its alerts %s", async (_, handle) => {
    const beats = await listen(handle);
    const door = await open({
      run: async () => {
        await until(() => beats.requests.length > 0);
        return ALL_DONE;
      },
      environment: { HEARTBEAT_URL_TINY: `${beats.url}/check`, ALERT_WEBHOOK_URL: `${beats.url}/hook` },
    });
    await loseCredential(door);
    expect(await read(door.GET(requestWith()))).toMatchObject({ status: 200, body: { success: true } });
    expect(await door.runtime.db.cronRun.findMany()).toMatchObject([{ status: "completed" }]);
    expect(await door.runtime.db.alarm.findMany()).toMatchObject([{ state: "firing" }]);
  });

  it("when its alarms cannot be looked at", async () => {
    const { door, beats } = await openWith(async ({ db }) => {
      await db.$executeRaw`ALTER TABLE "Alarm" RENAME TO "Alarmed"`;
      return ALL_DONE;
    });
    onTestFinished(async () => void (await door.runtime.db.$executeRaw`ALTER TABLE "Alarmed" RENAME TO "Alarm"`));
    expect(await read(door.GET(requestWith()))).toMatchObject({ status: 200, body: { success: true } });
    expect(beats.requests.at(-1)).toMatch(/^GET \/check\?rid=/);
  });

  it(
    "while its alarms cannot be looked at because somebody holds their table",
    async () => {
      const { door, beats } = await openWith(async () => ALL_DONE);
      await door.runtime.db.$transaction(
        async (tx) => {
          await tx.$executeRaw`LOCK TABLE "Alarm" IN ACCESS EXCLUSIVE MODE`;
          expect(await read(door.GET(requestWith()))).toMatchObject({ status: 200, body: { success: true } });
        },
        { timeout: LOOKING_GIVES_UP_MS },
      );
      expect(beats.requests.at(-1)).toMatch(/^GET \/check\?rid=/);
    },
    LOOKING_GIVES_UP_MS,
  );
});

describe("what is wrong", () => {
  it("has been told when the run that found it is answered, whichever job it was", async () => {
    const receiver = await receive();
    const door = await open({ environment: { ALERT_WEBHOOK_URL: receiver.url } });
    await loseCredential(door);
    await door.GET(requestWith());
    await door.GET(requestWith());
    expect(receiver.texts).toEqual([expect.stringContaining("Workspace Acme (w1): GHL refuses its credential.")]);
  });

  it.each<[string, Outcome]>([
    ["fail", { kind: "failed", error: "no", result: {} }],
    ["are skipped", { kind: "locked" }],
  ])("is told by runs that %s, but a dry run writes nothing and tells nothing", async (_, outcome) => {
    const receiver = await receive();
    const door = await open({ run: async () => outcome, environment: { ALERT_WEBHOOK_URL: receiver.url } });
    await loseCredential(door);
    await door.GET(requestWith("?dryRun=1"));
    expect(receiver.texts).toEqual([]);
    expect(await door.runtime.db.alarm.count()).toBe(0);
    await door.GET(requestWith());
    expect(receiver.texts).toHaveLength(1);
  });

  it("is told once by eight runs at the same time", async () => {
    const receiver = await receive();
    const door = await open({ environment: { ALERT_WEBHOOK_URL: receiver.url } });
    await loseCredential(door);
    await Promise.all(Array.from({ length: 8 }, () => door.GET(requestWith())));
    expect(receiver.texts).toHaveLength(1);
  });
});

async function openWith(run: TinyRun): Promise<{ door: Door; beats: Loopback }> {
  const beats = await listen(OK);
  const door = await open({ run, environment: { HEARTBEAT_URL_TINY: `${beats.url}/check` } });
  return { door, beats };
}

/** A door on this file's database, which it leaves empty. */
async function open(options: DoorOptions): Promise<Door> {
  const door = await openDoor({ database: { url: database.url, drop: async () => {} }, ...options });
  onTestFinished(async () => {
    const { db } = door.runtime;
    await db.$transaction([
      db.client.deleteMany(),
      db.cronRun.deleteMany(),
      db.alarm.deleteMany(),
      db.alert.deleteMany(),
    ]);
    await door.close();
  });
  return door;
}

async function listen(handle: Handler): Promise<Loopback> {
  const loopback = await startLoopback(handle);
  onTestFinished(() => loopback.close());
  return loopback;
}

async function receive(): Promise<Receiver> {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  return receiver;
}

async function loseCredential({ runtime: { db } }: Door): Promise<void> {
  await db.client.create({ data: { id: "w1", name: "Acme", ghlPrivateKey: "key" } });
  await db.circuit.create({ data: { clientId: "w1", provider: "GHL", openUntil: new Date(), credentialDead: true } });
}

async function runIdOf(door: Door, query = ""): Promise<string> {
  const { body } = await read(door.GET(requestWith(query)));
  const runId: unknown = body instanceof Object ? Reflect.get(body, "runId") : undefined;
  if (typeof runId !== "string") throw new Error("the answer names no run");
  return runId;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5);
}
