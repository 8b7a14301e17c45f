import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase } from "@/scripts/testing/database";
import { answer, type Door, openDoor, read, requestWith, SECRET } from "./testing/door";

const UNAUTHORIZED = answer(401, { success: false, error: "unauthorized" });
const MISCONFIGURED = answer(503, { success: false, error: "misconfigured" });
const NO_SUCH_WORKSPACE = answer(400, {
  success: false,
  error: "invalid_params",
  issues: [{ path: "clientId", message: "is not the id of a workspace" }],
});

let door: Door;

beforeAll(async () => {
  door = await openDoor();
});

afterAll(() => door.close());

describe("the door decides in this order", () => {
  let closed: Door;
  /** A request with everything wrong with it, at a deployment with everything wrong with it. */
  const hopeless = { headers: { authorization: "Bearer wrong" } };
  beforeAll(async () => {
    const database = await createTestDatabase();
    closed = await openDoor({ database, environment: { CRON_SECRET: "too-short" } });
    await closed.runtime.db.$executeRaw`ALTER TABLE "Lead" DROP COLUMN "appointmentRetryAt"`;
  });
  afterAll(() => closed.close());

  it("first, whether it has a secret of its own", async () => {
    expect(await read(closed.GET(requestWith("?size=0", hopeless)))).toEqual(MISCONFIGURED);
  });

  it("then who asks", async () => {
    const outdated = await openDoor({ database: { url: closed.databaseUrl, drop: async () => {} } });
    expect(await read(outdated.GET(requestWith("?size=0", hopeless)))).toEqual(UNAUTHORIZED);
    await outdated.close();
  });

  it("then what for, then whether the database is as it should be, and after that for which workspace", async () => {
    const outdated = await openDoor({ database: { url: closed.databaseUrl, drop: async () => {} } });
    expect(await read(outdated.GET(requestWith("?size=0&clientId=nobody")))).toMatchObject({ status: 400 });
    expect(await read(outdated.GET(requestWith("?size=1&clientId=nobody")))).toMatchObject({
      status: 503,
      body: { error: "schema_out_of_date" },
    });
    expect(outdated.runs).toEqual([]);
    expect(await outdated.runtime.db.cronRun.count()).toBe(0);
    await outdated.close();
    expect(await read(door.GET(requestWith("?clientId=nobody")))).toEqual(NO_SUCH_WORKSPACE);
  });

  it("and runs last of all", async () => {
    const { id } = await door.runtime.db.client.create({ data: { name: "Acme" } });
    expect(await read(door.GET(requestWith(`?clientId=${id}&size=9`)))).toMatchObject({ status: 200 });
    expect(door.runs.at(-1)).toEqual({ clientId: id, size: 9, dryRun: false });
  });
});

describe("a request that is refused", () => {
  it.each<[why: string, ReturnType<typeof answer>, request: () => Request]>([
    ["it has no secret", UNAUTHORIZED, () => requestWith("", { headers: {} })],
    ["its secret is in the query", UNAUTHORIZED, () => requestWith(`?token=${SECRET}`, { headers: {} })],
    [
      "its secret is wrong, whatever else is",
      UNAUTHORIZED,
      () => requestWith("?x", { headers: { authorization: "x" } }),
    ],
    ["its parameter is misspelt", issue("dryrun", "is not a parameter of this job"), () => requestWith("?dryrun=true")],
    [
      "its parameter is out of range",
      issue("size", "must be a whole number from 1 to 9"),
      () => requestWith("?size=10"),
    ],
    ["its parameter comes twice", issue("dryRun", "is given more than once"), () => requestWith("?dryRun=1&dryRun=1")],
    ["its workspace does not exist", NO_SUCH_WORKSPACE, () => requestWith("?clientId=nobody&dryRun=true")],
  ])("because %s leaves no trace", async (_, expected, request) => {
    const before = { runs: door.runs.length, rows: await door.runtime.db.cronRun.count() };
    expect(await read(door.GET(request()))).toEqual(expected);
    expect(await read(door.POST(request()))).toEqual(expected);
    expect({ runs: door.runs.length, rows: await door.runtime.db.cronRun.count() }).toEqual(before);
  });

  it.each([undefined, "", "fifteen-letters"])("because the secret is %j says only that", async (secret) => {
    const open = await openDoor({ environment: { CRON_SECRET: secret ?? "" } });
    const authorization = `Bearer ${secret}`;
    expect(await read(open.GET(requestWith("", { headers: { authorization } })))).toEqual(MISCONFIGURED);
    expect(open.runs).toEqual([]);
    await open.close();
  });
});

describe("the method", () => {
  it("HEAD never starts a run, whoever asks", async () => {
    const before = door.runs.length;
    const notAllowed = answer(405, { success: false, error: "method_not_allowed" }, { allow: "GET, POST" });
    expect(await read(door.HEAD(requestWith("", { method: "HEAD" })))).toEqual(notAllowed);
    expect(await read(door.HEAD(requestWith("", { method: "HEAD", headers: {} })))).toEqual(notAllowed);
    expect(door.runs).toHaveLength(before);
  });

  it.each([`{"dryRun":false,"size":99}`, "not JSON", "dryRun=true"])("POST ignores the body: %s", async (body) => {
    const answered = await read(door.POST(requestWith("?size=3&dryRun=true", { method: "POST", body })));
    expect(answered).toMatchObject({ status: 200, body: { dryRun: true } });
    expect(door.runs.at(-1)).toEqual({ size: 3, dryRun: true });
  });
});

describe("a run's trigger", () => {
  it.each([
    ["vercel-cron/1.0", "cron"],
    ["curl/8.0", "http"],
    ["not vercel-cron/1.0", "http"],
    ["", "http"],
  ])("of the user agent %j is %s", async (agent, trigger) => {
    const headers = { authorization: `Bearer ${SECRET}`, "user-agent": agent };
    const { body } = await read(door.GET(requestWith("", { headers })));
    expect(await door.runtime.db.cronRun.findUnique({ where: { id: runIdOf(body) } })).toMatchObject({ trigger });
  });
});

it("lets in whoever knows the secret that was set with a newline at its end", async () => {
  const open = await openDoor({ environment: { CRON_SECRET: `${SECRET}\n` } });
  expect(await read(open.GET(requestWith()))).toMatchObject({ status: 200 });
  await open.close();
});

function issue(path: string, message: string) {
  return answer(400, { success: false, error: "invalid_params", issues: [{ path, message }] });
}

function runIdOf(body: unknown): string {
  const runId: unknown = body instanceof Object ? Reflect.get(body, "runId") : undefined;
  if (typeof runId !== "string") throw new Error("the answer names no run");
  return runId;
}
