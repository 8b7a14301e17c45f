import pLimit from "p-limit";
import { runAppointmentReconciliation } from "@/lib/appointment-reconcile/runner";
import { startDeadline } from "@/lib/core/time";
import { parseEnv } from "@/lib/env";
import { get } from "@/lib/providers/exchange";
import { readJsonBody } from "@/lib/providers/response-body";
import { createRuntime } from "@/lib/runtime";

/**
 * What a benchmark times, in a process of its own: `reconcile` runs the cron's runner until nothing is due, `fetch` sends
 * the same requests by undici's fetch and does nothing else, `bare` sends them over the connections that we keep, `naive`
 * goes through some leads one by one. Prints one line of JSON.
 */
const [way] = process.argv.slice(2);
/** A loop that waits for every answer is slow enough to be known after so many leads. */
const NAIVE_LEADS = 500;
const EVERYBODY = 1_000_000_000;

let statements = 0;
const { reconcile, db, env } = createRuntime(parseEnv(process.env), { onStatement: () => statements++ });

const startedCpu = process.cpuUsage();
const startedMs = performance.now();
const ways = {
  reconcile: reconcileUntilDone,
  fetch: () => sendRequestsOnly(askByFetch),
  bare: () => sendRequestsOnly(askBarely),
  naive: goOneByOne,
};
const leads = await ways[wayOf(way)]();
const seconds = (performance.now() - startedMs) / 1000;
const { user, system } = process.cpuUsage(startedCpu);
const cpuSeconds = (user + system) / 1e6;
const peakMb = process.resourceUsage().maxRSS / 1000;
process.stdout.write(`${JSON.stringify({ leads, seconds, statements, cpuSeconds, peakMb })}\n`);
await db.$disconnect();

function wayOf(word: string | undefined): keyof typeof ways {
  if (word === "reconcile" || word === "fetch" || word === "bare" || word === "naive") return word;
  throw new Error(`there is no way of work called ${word}: reconcile, fetch, bare, naive`);
}

async function reconcileUntilDone(): Promise<number> {
  const params = { dryRun: false, staleDays: 7, hotMinutes: 1, workspaceLimit: 500, leadsPerWorkspace: 200 };
  let checked = 0;
  for (;;) {
    const outcome = await runAppointmentReconciliation(reconcile, params, startDeadline(600_000));
    if (outcome.kind !== "ran") throw new Error(`the run ended as ${outcome.kind}`);
    const result = outcome.result as unknown as { leadsChecked: number; errors: number; exhausted: boolean };
    if (result.errors > 0) throw new Error(`${result.errors} checks failed`);
    checked += result.leadsChecked;
    if (result.exhausted) return checked;
  }
}

/** The same two requests per lead, as many at a time, and nothing else. */
async function sendRequestsOnly(ask: Ask): Promise<number> {
  const due = await readLeads();
  statements = 0;
  const limit = pLimit(reconcile.settings.workspaceConcurrency * reconcile.settings.leadConcurrency);
  await Promise.all(
    due.map((lead) =>
      limit(async () => {
        await askForListing(ask, lead);
        await askForEvent(ask, lead, lead.ghlAppointmentId);
      }),
    ),
  );
  return due.length;
}

/** What is usually written: a lead, its requests, what is on record of each event, the event, the lead. */
async function goOneByOne(): Promise<number> {
  const due = await readLeads(NAIVE_LEADS);
  for (const lead of due) {
    const { events } = (await askForListing(askByFetch, lead)) as { events: { id: string }[] };
    for (const { id } of events) {
      const answer = (await askForEvent(askByFetch, lead, id)) as { event?: Event; appointment?: Event };
      const event = answer.event ?? answer.appointment;
      if (!event) throw new Error("the sandbox knows an event that it does not show");
      await recordOneByOne(lead, event);
    }
  }
  return due.length;
}

interface Event {
  id: string;
  startTime: string;
  endTime: string;
}

async function recordOneByOne(lead: DueLead, event: Event): Promise<void> {
  const key = { clientId: lead.clientId, provider: "GHL", externalId: event.id };
  const found = await db.appointment.findFirst({ where: key });
  const times = { startAt: new Date(event.startTime), endAt: new Date(event.endTime), status: "confirmed" };
  if (found) await db.appointment.update({ where: { id: found.id }, data: times });
  else await db.appointment.create({ data: { ...key, ...times, leadId: lead.id, source: "cron" } });
  await db.lead.update({
    where: { id: lead.id },
    data: { appointmentStatus: "confirmed", appointmentStartAt: times.startAt, appointmentLastCheckedAt: new Date() },
  });
}

type DueLead = Awaited<ReturnType<typeof readLeads>>[number];

function readLeads(take = EVERYBODY) {
  return db.lead.findMany({
    take,
    where: { ghlAppointmentId: { not: null } },
    select: {
      ...{ id: true, clientId: true, ghlContactId: true, ghlAppointmentId: true },
      client: { select: { ghlPrivateKey: true } },
    },
  });
}

/** Asks for a path and reads the JSON of the answer. */
type Ask = (path: string, headers: Record<string, string>) => Promise<unknown>;

function askForListing(ask: Ask, { ghlContactId, client }: DueLead): Promise<unknown> {
  return ask(`/contacts/${ghlContactId}/appointments`, headersOf("2021-07-28", client.ghlPrivateKey));
}

function askForEvent(ask: Ask, { client }: DueLead, eventId: string | null): Promise<unknown> {
  return ask(`/calendars/events/appointments/${eventId}`, headersOf("2021-04-15", client.ghlPrivateKey));
}

function headersOf(version: string, token: string | null): Record<string, string> {
  return { authorization: `Bearer ${token}`, version, accept: "application/json" };
}

async function askByFetch(path: string, headers: Record<string, string>): Promise<unknown> {
  const response = await fetch(`${env.GHL_API_BASE_URL}${path}`, { headers });
  return response.json();
}

async function askBarely(path: string, headers: Record<string, string>): Promise<unknown> {
  const { body } = await get(new URL(`${env.GHL_API_BASE_URL}${path}`), headers, new AbortController().signal);
  return readJsonBody(body, Number.POSITIVE_INFINITY);
}
