import pLimit from "p-limit";
import { runAppointmentReconciliation } from "@/lib/appointment-reconcile/runner";
import { startDeadline } from "@/lib/core/time";
import { parseEnv } from "@/lib/env";
import { createRuntime } from "@/lib/runtime";

/**
 * What a benchmark times, in a process of its own: `reconcile` runs the cron's runner until nothing is due;
 * `requests` sends the same requests and does nothing else. Prints one line of JSON.
 */
const [mode] = process.argv.slice(2);
const megabytes = () => process.memoryUsage().rss / 1e6;

const { reconcile, db, env } = createRuntime(parseEnv(process.env));
const memory: { leads: number; rssMb: number }[] = [];
let statements = 0;

const startedMs = performance.now();
const leads = mode === "requests" ? await sendRequestsOnly() : await reconcileUntilDone();
const seconds = (performance.now() - startedMs) / 1000;
process.stdout.write(`${JSON.stringify({ leads, seconds, statements, memory })}\n`);
await db.$disconnect();

async function reconcileUntilDone(): Promise<number> {
  const counting = createRuntime(env, { onStatement: () => statements++ }).reconcile;
  const params = { dryRun: false, staleDays: 7, hotMinutes: 1, workspaceLimit: 500, leadsPerWorkspace: 200 };
  let checked = 0;
  for (;;) {
    const outcome = await runAppointmentReconciliation(counting, params, startDeadline(600_000));
    if (outcome.kind !== "ran") throw new Error(`the run ended as ${outcome.kind}`);
    const result = outcome.result as unknown as { leadsChecked: number; errors: number; exhausted: boolean };
    if (result.errors > 0) throw new Error(`${result.errors} checks failed`);
    checked += result.leadsChecked;
    memory.push({ leads: checked, rssMb: megabytes() });
    if (result.exhausted) break;
  }
  await counting.db.$disconnect();
  return checked;
}

/** The limit: the same two requests per lead, as many at a time, and nothing else. */
async function sendRequestsOnly(): Promise<number> {
  const leads = await reconcile.db.lead.findMany({
    where: { ghlAppointmentId: { not: null } },
    select: { ghlContactId: true, ghlAppointmentId: true, client: { select: { ghlPrivateKey: true } } },
  });
  const limit = pLimit(reconcile.settings.workspaceConcurrency * reconcile.settings.leadConcurrency);
  const get = async (path: string, version: string, token: string | null) => {
    const headers = { authorization: `Bearer ${token}`, version, accept: "application/json" };
    const response = await fetch(`${env.GHL_API_BASE_URL}${path}`, { headers });
    await response.json();
  };
  const ask = async ({ ghlContactId, ghlAppointmentId, client }: (typeof leads)[number]) => {
    await get(`/contacts/${ghlContactId}/appointments`, "2021-07-28", client.ghlPrivateKey);
    await get(`/calendars/events/appointments/${ghlAppointmentId}`, "2021-04-15", client.ghlPrivateKey);
  };
  await Promise.all(leads.map((lead) => limit(ask, lead)));
  return leads.length;
}
