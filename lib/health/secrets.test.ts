import { Writable } from "node:stream";
import pino from "pino";
import { expect, it, onTestFinished } from "vitest";
import { parseEnv } from "@/lib/env";
import { reply, startLoopback } from "@/lib/providers/testing/loopback";
import { createRuntime } from "@/lib/runtime";
import { collectMetrics } from "./metrics";
import { reportHealth } from "./report";
import { addRun, FOUR_JOBS, openStage, startReceiver } from "./testing/stage";
import { createWatchRun } from "./watch";

/** A customer's: in alarms and alerts, so that people know whom they are about, and in nothing else. */
const NAME = "Canary Plumbing Ltd";

/** What must come out nowhere. */
const CANARIES = {
  token: "pit-0ca0a4a4-canary",
  key: "canary-kapso-key-77",
  email: "canary@example.com",
  phone: "+1 555 010 7777",
  hook: "hook-secret",
  check: "check-secret",
  bearer: "canary-cron-secret-0001",
};

it("what health, metrics, alarms, alerts and logs say holds no secret and no person", async () => {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  const refusing = await startLoopback((_, response) => reply(response, { status: 500 }));
  onTestFinished(() => refusing.close());
  const stage = await openStage();
  onTestFinished(() => stage.close());
  await addTrouble(stage.runtime.db);
  await addRun(stage, {
    job: "followups",
    status: "failed",
    error: `no answer for ${CANARIES.email} with Bearer ${CANARIES.token}`,
  });
  await addRun(stage, { job: "background-sync", agoSeconds: 86_400, result: { mismatches: 1, email: CANARIES.email } });
  const said: unknown[] = [];
  const told: unknown[] = [];
  const log = pino({ level: "debug" }, new Writable({ write: (line, _, done) => done(void said.push(String(line))) }));
  for (const hookUrl of [`${refusing.url}/${CANARIES.hook}`, "http://127.0.0.1:1/hook-secret", receiver.url]) {
    const { health, db } = createRuntime(
      parseEnv({
        ...{
          DATABASE_URL: stage.databaseUrl,
          CRON_SECRET: CANARIES.bearer,
          LOG_LEVEL: "silent",
          ALERT_WEBHOOK_URL: hookUrl,
        },
        HEARTBEAT_URL_FOLLOWUPS: `${refusing.url}/${CANARIES.check}`,
      }),
    );
    const watched = createWatchRun({ ...health, jobs: FOUR_JOBS, log })("followups");
    watched.recorded({ runId: await addRun(stage, { job: "followups" }), dryRun: false, isWhole: true });
    await watched.end({ status: "failed", result: undefined });
    said.push(await collectMetrics({ ...health, jobs: FOUR_JOBS }));
    told.push(await reportHealth({ ...health, jobs: FOUR_JOBS }));
    await db.$executeRaw`UPDATE "Alert" SET "nextAttemptAt" = now() - interval '1 millisecond'`;
    await db.$disconnect();
  }
  told.push(receiver.texts, await stage.runtime.db.alarm.findMany(), await stage.runtime.db.alert.findMany());

  const everything = JSON.stringify([said, told]);
  expect(receiver.texts).toHaveLength(1);
  expect(everything).toContain("heartbeat could not be sent");
  expect(everything).toContain("alerts could not be posted");
  expect(everything).toContain("credential_dead:the-workspace:GHL");
  expect(JSON.stringify(said)).not.toContain(NAME);
  expect(receiver.texts[0]).toContain(`Workspace ${NAME} for [redacted] (the-workspace): GHL refuses`);
  for (const canary of Object.values(CANARIES)) expect(everything).not.toContain(canary);
});

async function addTrouble(db: Awaited<ReturnType<typeof openStage>>["runtime"]["db"]): Promise<void> {
  const clientId = "the-workspace";
  const { token, key, email, phone } = CANARIES;
  const name = `${NAME} for ${email}`;
  const credentials = { ghlPrivateKey: token, kapsoPhoneId: "phone-1", kapsoApiKey: key };
  await db.client.create({ data: { id: clientId, name, ...credentials } });
  const lead = await db.lead.create({ data: { clientId, firstName: "Canary", email, phone } });
  const sequence = await db.followUpSequence.create({ data: { clientId, name } });
  const paused = { status: "paused", pausedReason: "send_uncertain" };
  await db.followUpInstance.create({ data: { leadId: lead.id, sequenceId: sequence.id, ...paused } });
  const reason = `GHL: list for ${email}: answered 403 to ${token}`;
  await db.circuit.create({ data: { clientId, provider: "GHL", openUntil: new Date(), credentialDead: true, reason } });
  const failed = { clientId, contactsChecked: 0, staleFound: 0, flagged: 0, error: `failed for ${phone}` };
  await db.syncHealth.createMany({ data: [failed, failed] });
}
