import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Arena, openArena } from "../testing/arena";
import { calmDown } from "../testing/calm";
import { evidenceOf } from "../testing/trials";
import { playWorld, type World } from "../testing/world";
import { AFTERWARDS, checkInvariants, DURING } from "./check";

/** What every world is like before something is wrong with it; three sevenths of the plots are enough. */
const SIZE = { ghl: 1, calendly: 0, leads: 4 };

describe("the checker", () => {
  let arena: Arena;
  let world: World;
  beforeAll(async () => {
    arena = await openArena();
  });
  afterAll(() => arena.close());
  beforeEach(async () => {
    world = await arena.newWorld(SIZE);
    await calmDown(arena);
  });

  const look = async () => {
    const evidence = evidenceOf(arena, world, { underWayMs: 0, toldToTheEnd: false });
    const findings = await checkInvariants([...DURING, ...AFTERWARDS], evidence);
    return findings.map(({ invariant }) => invariant);
  };

  it("finds nothing where nothing is wrong", async () => {
    expect(await look()).toEqual([]);
  });

  it.each([
    ["a run that has no end", `UPDATE "CronRun" SET "status" = 'running'`, "every run has an end and a reason"],
    ["a run that gives no reason", `UPDATE "CronRun" SET "result" = NULL`, "every run has an end and a reason"],
    [
      "a lease that is held",
      `INSERT INTO "Lease" ("key", "owner", "fence", "expiresAt") VALUES ('a', 'b', 1, now() + interval '1 hour')`,
      "no lease, transaction or statement is left",
    ],
    [
      "a watermark that went back",
      `UPDATE "Lead" SET "appointmentLastCheckedAt" = "appointmentLastCheckedAt" - interval '1 minute'`,
      "nothing older over something newer",
    ],
    [
      "an appointment that nobody made",
      `INSERT INTO "Appointment" ("clientId", "leadId", "provider", "externalId", "status", "source")
       SELECT "clientId", "id", 'GHL', 'invented', 'confirmed', 'webhook' FROM "Lead" LIMIT 1`,
      "what is true is on record, exactly once",
    ],
    [
      "an address in a run's error",
      `UPDATE "CronRun" SET "error" = (SELECT min("email") FROM "Lead")`,
      "no secret and no person in logs, answers and notes",
    ],
    [
      "a token in a run's result",
      `UPDATE "CronRun" SET "result" = jsonb_build_object('stopReason', (SELECT "ghlPrivateKey" FROM "Client"))`,
      "no secret and no person in logs, answers and notes",
    ],
  ])("sees %s", async (_, sql, invariant) => {
    await arena.witness.query(sql);
    expect(new Set(await look())).toEqual(new Set([invariant]));
  });

  it("sees a secret in a log", async () => {
    arena.hear(`{"msg":"calling with ${arena.scene.environment["CRON_SECRET"]}"}`);
    expect(await look()).toEqual(["no secret and no person in logs, answers and notes"]);
  });

  it("sees a request before a reset", async () => {
    const { ledger } = arena.scene.sandbox;
    const arrival = { provider: "GHL", account: "a", method: "GET", path: "/", query: "" } as const;
    const refused = ledger.note(arrival);
    refused.resetAt = refused.at + 60_000;
    ledger.note(arrival);
    expect(await look()).toEqual(["no request before a reset"]);
  });
});

describe("the checker, where people are written to and talked with,", () => {
  let arena: Arena;
  let world: World;
  beforeAll(async () => {
    arena = await openArena();
    world = await arena.newWorld({ sequences: true, conversations: true });
    for (const act of [0, 1, 2] as const) {
      await playWorld(world, act);
      await calmDown(arena);
    }
  });
  afterAll(() => arena.close());

  const look = async () => {
    const findings = await checkInvariants(AFTERWARDS, evidenceOf(arena, world, { underWayMs: 0, toldToTheEnd: true }));
    return [...new Set(findings.map(({ invariant }) => invariant))];
  };
  const SENT = `"leadId" = (SELECT min("leadId") FROM "FollowUpSend" WHERE "status" = 'sent')`;

  it("finds nothing where nothing is wrong", async () => {
    expect(await look()).toEqual([]);
  });

  it.each([
    [
      "a message that is missing",
      "Message",
      `DELETE FROM "Message" WHERE "id" = (SELECT min("id") FROM "Message" WHERE "channel" = 'whatsapp')`,
      "what was said is on record once, and timed as it has to be",
    ],
    [
      "a time that is wrong",
      "ResponseTimingEvent",
      `UPDATE "ResponseTimingEvent" SET "setterResponseMs" = 1 WHERE "setterResponseMs" > 1`,
      "what was said is on record once, and timed as it has to be",
    ],
    [
      "a send that is not in the ledger",
      "FollowUpSend",
      `DELETE FROM "FollowUpSend" WHERE ${SENT}`,
      "every message that left is on record, and no other",
    ],
    [
      "a send in the ledger that nobody got",
      "FollowUpSend",
      `UPDATE "FollowUpSend" SET "externalId" = 'invented' WHERE ${SENT}`,
      "every message that left is on record, and no other",
    ],
    [
      "a send that is left as it was on its way",
      "FollowUpSend",
      `UPDATE "FollowUpSend" SET "status" = 'sending' WHERE ${SENT}`,
      "no lease, transaction or statement is left",
    ],
    [
      "a sequence that went otherwise",
      "FollowUpInstance",
      `UPDATE "FollowUpInstance" SET "completedReason" = 'meeting_booked' WHERE ${SENT} AND "completedReason" = 'finished'`,
      "whose messages met no harm has them all",
    ],
    [
      "a message that left after the booking was on record",
      "FollowUpSend",
      `INSERT INTO witness.booked SELECT "leadId", '2020-01-01' FROM "FollowUpSend" WHERE ${SENT}`,
      "nothing to a lead with a meeting",
    ],
  ])("sees %s", async (_, table, sql, invariant) => {
    const { witness } = arena;
    await witness.query(`CREATE TABLE witness.kept AS TABLE "${table}"`);
    expect((await witness.query(sql)).rowCount).toBeGreaterThan(0);
    expect(await look()).toContain(invariant);
    await witness.query(`DELETE FROM "${table}"; INSERT INTO "${table}" SELECT * FROM witness.kept`);
    await witness.query("DROP TABLE witness.kept; DELETE FROM witness.booked WHERE at < '2021-01-01'");
  });

  it("sees a message that somebody got twice", async () => {
    const { outbox } = arena.scene.sandbox.ghl;
    const [first] = outbox.deliveries();
    const contact = arena.scene.sandbox.ghl.contact(first?.contactId ?? "");
    if (!first || !contact) throw new Error("nobody was written to");
    outbox.deliver(contact, first);
    expect(await look()).toContain("no touch twice, and none that nobody ordered");
  });
});
