import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Stage } from "../../truth/stage";
import { type Arena, openArena } from "../testing/arena";
import { calmDown } from "../testing/calm";
import { evidenceOf } from "../testing/trials";
import { AFTERWARDS, checkInvariants, DURING } from "./check";

/** What every world is like before something is wrong with it; three sevenths of the plots are enough. */
const SIZE = { ghl: 1, calendly: 0, leads: 4 };

describe("the checker", () => {
  let arena: Arena;
  let stage: Stage;
  beforeAll(async () => {
    arena = await openArena();
  });
  afterAll(() => arena.close());
  beforeEach(async () => {
    stage = await arena.newWorld(SIZE);
    await calmDown(arena);
  });

  const look = async () => {
    const evidence = evidenceOf(arena, stage, { underWayMs: 0, toldToTheEnd: false });
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
