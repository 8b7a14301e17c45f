import type { Db } from "@/lib/db/client";

/** Words that stand in the database and must stand in no page: each in a column that holds such a thing. */
export const CANARIES = {
  ghlPrivateKey: "pit-canary-0001-ghl-private-key",
  calendlyAccessToken: "eyJcanary0002calendly.access.token",
  kapsoApiKey: "canary-0003-kapso-api-key",
  metaAccessToken: "canary-0004-meta-access-token",
  email: "canary.0005.person@mail.example.com",
  phone: "+1 555 010 7719",
  body: "canary 0006 body of a message",
  draft: "canary 0007 content of a draft",
  template: "canary 0008 template of a step",
  suggestion: "canary 0009 suggested message",
  note: "canary 0010 note of a person",
  subject: "canary 0011 subject of a step",
} as const;

export interface Planted {
  clientId: string;
  leadId: string;
}

/** Plants every canary, also where other programs may have written it by mistake: into names, tags, errors and reasons. */
export async function plantCanaries(db: Db): Promise<Planted> {
  const { email, phone } = CANARIES;
  const leaky = `refused for ${email}, called ${phone}, with Bearer ${CANARIES.calendlyAccessToken}`;
  const { id: clientId } = await db.client.create({
    data: {
      ...{ name: "Aardvark Bakery", ghlLocationId: "canary-location", ghlPrivateKey: CANARIES.ghlPrivateKey },
      ...{ calendlyAccessToken: CANARIES.calendlyAccessToken, calendlyOrganizationUri: "https://example.com/o" },
      ...{ kapsoPhoneId: "canary", kapsoApiKey: CANARIES.kapsoApiKey, metaAccessToken: CANARIES.metaAccessToken },
    },
  });
  const { id: leadId } = await db.lead.create({
    data: {
      ...{ clientId, firstName: email, lastName: phone, email, phone },
      sentimentTag: email,
      status: "meeting-booked",
    },
  });
  const at = new Date();
  await db.message.create({ data: { leadId, channel: "sms", direction: "inbound", body: CANARIES.body, sentAt: at } });
  await db.aIDraft.create({ data: { leadId, channel: "sms", content: CANARIES.draft } });
  const { id: sequenceId } = await db.followUpSequence.create({ data: { clientId, name: leaky } });
  await db.followUpStep.create({
    data: {
      ...{ sequenceId, stepOrder: 1, channel: "sms" },
      messageTemplate: CANARIES.template,
      subject: CANARIES.subject,
    },
  });
  await db.followUpInstance.create({
    data: { ...{ leadId, sequenceId, status: "paused" }, pausedReason: "send_uncertain" },
  });
  await db.followUpTask.create({
    data: { ...{ leadId, type: "sms", dueDate: at, subject: CANARIES.subject }, suggestedMessage: CANARIES.suggestion },
  });
  await db.leadNote.create({ data: { leadId, content: CANARIES.note, addedBy: email } });
  await db.leadNote.create({ data: { leadId, content: leaky, addedBy: "background-sync" } });
  await db.syncHealth.create({ data: { clientId, contactsChecked: 1, staleFound: 0, flagged: 0, error: leaky } });
  await db.circuit.create({
    data: { clientId, provider: "GHL", openedAt: at, openUntil: new Date(at.getTime() + 3_600_000), reason: leaky },
  });
  await db.cronRun.create({
    data: {
      ...{ id: "canary-run", job: "appointment-reconcile", trigger: "http", status: "failed", dryRun: true },
      ...{ startedAt: new Date(at.getTime() - 86_400_000), error: leaky },
      result: { errors: [{ step: "one", message: leaky }], note: leaky, nested: { phone } },
    },
  });
  const { id: runId } = await db.backfillRun.create({
    data: { id: "canary-backfill", job: "backfill-appointments", fingerprint: "x", identity: {}, status: "stopped" },
  });
  await db.backfillCursor.create({ data: { runId, unit: clientId } });
  await db.backfillLead.create({
    data: { runId, leadId, unit: clientId, outcome: "failed", reason: leaky, invocation: 1 },
  });
  return { clientId, leadId };
}
