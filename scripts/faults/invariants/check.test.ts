import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Arena, openArena } from "../testing/arena";
import { calmDown } from "../testing/calm";
import { evidenceOf } from "../testing/trials";
import { playWorld, type World } from "../testing/world";
import { AFTERWARDS, checkInvariants, DURING } from "./check";
import { isContested } from "./sends";

/** Something of everything; what every world is like before something is wrong with it. */
const SIZE = { ghl: 1, leads: 4, sequences: true, conversations: true };
/** The rows of somebody who was written to, to the end of the sequence, and of whom it is known how that has to be. */
const SENT = `"leadId" = (
  SELECT min(f."leadId") FROM "FollowUpSend" f JOIN "FollowUpInstance" i ON i."id" = f."instanceId"
  WHERE f."status" = 'sent' AND i."completedReason" = 'finished' AND f."leadId" IN (SELECT id FROM witness.uncontested))`;

describe("the checker", () => {
  let arena: Arena;
  let world: World;
  beforeAll(async () => {
    arena = await openArena();
    world = await arena.newWorld(SIZE);
    for (const act of [0, 1, 2] as const) {
      await playWorld(world, act);
      await calmDown(arena);
    }
    arena.scene.sandbox.ledger.clear();
    const parts = world.sequences?.parts.filter((part) => !isContested(part)) ?? [];
    await arena.witness.query("CREATE TABLE witness.uncontested AS SELECT unnest($1::text[]) AS id", [
      parts.map(({ actor }) => actor.lead.id),
    ]);
  });
  afterAll(() => arena.close());

  const look = async () => {
    const evidence = evidenceOf(arena, world, { underWayMs: 0, toldToTheEnd: true });
    const findings = await checkInvariants([...DURING, ...AFTERWARDS], evidence);
    return new Set(findings.map(({ invariant }) => invariant));
  };

  it("finds nothing where nothing is wrong", async () => {
    expect(await look()).toEqual(new Set());
  });

  it.each([
    [
      "a run that has no end",
      "CronRun",
      `UPDATE "CronRun" SET "status" = 'running'`,
      "every run has an end and a reason",
    ],
    [
      "a run that gives no reason",
      "CronRun",
      `UPDATE "CronRun" SET "result" = NULL`,
      "every run has an end and a reason",
    ],
    [
      "a lease that is held",
      "Lease",
      `INSERT INTO "Lease" ("key", "owner", "fence", "expiresAt") VALUES ('a', 'b', 1, now() + interval '1 hour')`,
      "no lease, transaction or statement is left",
    ],
    [
      "an appointment that nobody made",
      "Appointment",
      `INSERT INTO "Appointment" ("clientId", "leadId", "provider", "externalId", "status", "source")
       SELECT "clientId", "leadId", 'GHL', 'invented', 'confirmed', 'webhook' FROM "Appointment"
       WHERE "clientId" IN (SELECT "clientId" FROM "Lead" GROUP BY 1 HAVING count(*) = 4) LIMIT 1`,
      "what is true is on record, exactly once",
    ],
    [
      "an address in a run's error",
      "CronRun",
      `UPDATE "CronRun" SET "error" = (SELECT min("email") FROM "Lead")`,
      "no secret and no person in logs, answers and notes",
    ],
    [
      "a token in a run's result",
      "CronRun",
      `UPDATE "CronRun" SET "result" = jsonb_build_object('stopReason', (SELECT min("ghlPrivateKey") FROM "Client"))`,
      "no secret and no person in logs, answers and notes",
    ],
    [
      "a message that is missing",
      "Message",
      `DELETE FROM "Message" WHERE "id" = (SELECT min("id") FROM "Message" WHERE "channel" = 'whatsapp' AND "kind" IS NULL)`,
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
      "a send without a name that nobody got",
      "FollowUpSend",
      `INSERT INTO "FollowUpSend"
       SELECT (jsonb_populate_record(f, '{"stepOrder": 90, "localDay": "", "markedAt": "2020-01-01", "externalId": null}')).*
       FROM "FollowUpSend" f WHERE ${SENT} LIMIT 1`,
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
    await arena.witness.query(`CREATE TABLE witness.kept AS TABLE "${table}"`);
    expect((await arena.witness.query(sql)).rowCount).toBeGreaterThan(0);
    expect(await look()).toContain(invariant);
    await arena.witness.query(`
      SET session_replication_role = replica;
      DELETE FROM "${table}"; INSERT INTO "${table}" SELECT * FROM witness.kept;
      SET session_replication_role = DEFAULT;
      DROP TABLE witness.kept; DELETE FROM witness.booked WHERE at < '2021-01-01'`);
    expect(await look()).toEqual(new Set());
  });

  it("takes a send whose name nobody heard for what the person got", async () => {
    await arena.witness.query(`
      CREATE TABLE witness.kept AS TABLE "FollowUpSend";
      UPDATE "Message" m SET "externalId" = NULL FROM "FollowUpSend" f
      WHERE f."leadId" = m."leadId" AND f."channel" = m."channel" AND f."markedAt" = m."sentAt";
      UPDATE "FollowUpSend" SET "externalId" = NULL`);
    expect(await look()).toEqual(new Set());
    await arena.witness.query(`
      UPDATE "Message" m SET "externalId" = k."externalId" FROM witness.kept k
      WHERE k."leadId" = m."leadId" AND k."channel" = m."channel" AND k."markedAt" = m."sentAt";
      UPDATE "FollowUpSend" f SET "externalId" = k."externalId" FROM witness.kept k
      WHERE k."instanceId" = f."instanceId" AND k."round" = f."round" AND k."stepOrder" = f."stepOrder";
      DROP TABLE witness.kept`);
    expect(await look()).toEqual(new Set());
  });

  it("sees a watermark that went back", async () => {
    await arena.witness.query(`
      UPDATE "Lead" SET "appointmentLastCheckedAt" = "appointmentLastCheckedAt" - interval '1 minute'`);
    expect(await look()).toEqual(new Set(["nothing older over something newer"]));
  });

  it("sees a request before a reset", async () => {
    const { ledger } = arena.scene.sandbox;
    const arrival = { provider: "GHL", account: "a", method: "GET", path: "/", query: "" } as const;
    const refused = ledger.note(arrival);
    refused.resetAt = refused.at + 60_000;
    ledger.note(arrival);
    expect(await look()).toContain("no request before a reset");
  });

  it("sees a secret in a log", async () => {
    arena.hear(`{"msg":"calling with ${arena.scene.environment["CRON_SECRET"]}"}`);
    expect(await look()).toContain("no secret and no person in logs, answers and notes");
  });

  it("sees a message that somebody got twice", async () => {
    const { ghl } = arena.scene.sandbox;
    const [first] = ghl.outbox.deliveries();
    const contact = ghl.contact(first?.contactId ?? "");
    if (!first || !contact) throw new Error("nobody was written to");
    ghl.outbox.deliver(contact, first);
    expect(await look()).toContain("no touch twice, and none that nobody ordered");
  });
});
