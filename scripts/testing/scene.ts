import type { ReconcileDeps } from "@/lib/appointment-reconcile/deps";
import { type ReconcileParams, runAppointmentReconciliation } from "@/lib/appointment-reconcile/runner";
import type { Tally } from "@/lib/appointment-reconcile/tally";
import { HOUR_MS, MINUTE_MS, startDeadline } from "@/lib/core/time";
import { parseEnv } from "@/lib/env";
import { createRuntime, type Runtime } from "@/lib/runtime";
import { type Sandbox, startSandbox } from "../sandbox/sandbox";
import { createTestDatabase } from "./database";

/** A secret that every test's crons accept. */
export const TEST_CRON_SECRET = "a-secret-for-tests-only";

/** Far above what a test sends, where the rate is not what it is about. */
const PLENTY = "10000";

/** The real thing on a small stage: a database of its own, the providers on the loopback, the runtime between them. */
export interface Scene {
  readonly sandbox: Sandbox;
  readonly runtime: Runtime;
  readonly databaseUrl: string;
  /** The environment that a process on this stage would have. */
  readonly environment: Record<string, string>;
  close(): Promise<void>;
}

/** Opens a stage on a database of its own, or on the given one. */
export async function openScene(
  environment: Record<string, string> = {},
  given?: { url: string; drop(): Promise<void> },
): Promise<Scene> {
  const [database, sandbox] = await Promise.all([given ?? createTestDatabase(), startSandbox()]);
  const complete: Record<string, string> = {
    DATABASE_URL: database.url,
    CRON_SECRET: TEST_CRON_SECRET,
    GHL_API_BASE_URL: sandbox.urls.ghl,
    CALENDLY_API_BASE_URL: sandbox.urls.calendly,
    KAPSO_API_BASE_URL: sandbox.urls.kapso,
    GHL_REQUESTS_PER_10S: PLENTY,
    CALENDLY_REQUESTS_PER_MINUTE: PLENTY,
    KAPSO_REQUESTS_PER_MINUTE: PLENTY,
    PROVIDER_TIMEOUT_MS: "2000",
    LOG_LEVEL: "silent",
    ...environment,
  };
  const runtime = createRuntime(parseEnv(complete));
  return {
    sandbox,
    runtime,
    databaseUrl: database.url,
    environment: complete,
    async close() {
      await runtime.db.$disconnect();
      await sandbox.stop();
      await database.drop();
    },
  };
}

export interface TestWorkspace {
  id: string;
  /** GHL: the location's id. Calendly: the organization's URI. Kapso: the number's id. */
  account: string;
}

/** A workspace whose meetings are booked through HighLevel. Its location takes as many requests as are sent. */
export async function addGhlWorkspace(
  { sandbox, runtime }: Scene,
  location: Parameters<Sandbox["ghl"]["addLocation"]>[0] = {},
): Promise<TestWorkspace> {
  const limits = { burst: { requests: 100_000, windowMs: 10_000 } };
  const { id, token, timezone } = sandbox.ghl.addLocation({ limits, ...location });
  const data = { name: "Acme", ghlLocationId: id, ghlPrivateKey: token, timezone };
  const client = await runtime.db.client.create({ data });
  return { id: client.id, account: id };
}

/** A workspace whose meetings are booked through Calendly. */
export async function addCalendlyWorkspace({ sandbox, runtime }: Scene): Promise<TestWorkspace> {
  const organization = sandbox.calendly.addOrganization({ limit: { requests: 100_000, windowMs: 60_000 } });
  const client = await runtime.db.client.create({
    data: {
      name: "Beta",
      calendlyAccessToken: organization.token,
      calendlyOrganizationUri: organization.uri,
      meetingBookingProvider: "CALENDLY",
    },
  });
  return { id: client.id, account: organization.uri };
}

/** A workspace that speaks with its leads over WhatsApp. Its key takes as many requests as are sent. */
export async function addKapsoWorkspace(
  { sandbox, runtime }: Scene,
  number: Parameters<Sandbox["kapso"]["addNumber"]>[0] = {},
): Promise<TestWorkspace> {
  const { id, project } = sandbox.kapso.addNumber({ limit: { requests: 100_000, windowMs: 60_000 }, ...number });
  const data = { name: "Gamma", kapsoPhoneId: id, kapsoApiKey: project.apiKey };
  const client = await runtime.db.client.create({ data });
  return { id: client.id, account: id };
}

export type LeadFields = Parameters<Runtime["db"]["lead"]["create"]>[0]["data"];

let people = 0;

/** A lead who has written to us and was never checked, with the contact that HighLevel knows as the same person. */
export async function addGhlLead(scene: Scene, workspace: TestWorkspace, fields: Partial<LeadFields> = {}) {
  const email = `person${++people}@example.com`;
  const contact = scene.sandbox.ghl.addContact(workspace.account, { email });
  return addLead(scene, workspace, { email, ghlContactId: contact.id, ...fields });
}

/** A lead who has written to us and was never checked; Calendly knows people by their e-mail alone. */
export async function addCalendlyLead(scene: Scene, workspace: TestWorkspace, fields: Partial<LeadFields> = {}) {
  return addLead(scene, workspace, { email: `person${++people}@example.com`, ...fields });
}

/** A lead whom WhatsApp knows by the same phone number. */
export async function addKapsoLead(scene: Scene, workspace: TestWorkspace, fields: Partial<LeadFields> = {}) {
  const phone = `+1555010${String(++people).padStart(4, "0")}`;
  return addLead(scene, workspace, { phone, ...fields });
}

async function addLead({ runtime }: Scene, workspace: TestWorkspace, fields: Partial<LeadFields>) {
  const data = { lastInboundAt: new Date(), ...fields, clientId: workspace.id };
  return runtime.db.lead.create({ data: data as LeadFields });
}

/** What a run answers, or that it found everything locked. */
export type RunResult = Tally & {
  circuitBroken: boolean;
  exhausted: boolean;
  stopReason: string;
  health: string;
};

/** One run of the reconcile cron, below its door. `hotMinutes` and `staleDays` of 0 make every lead due again. */
export async function reconcile(
  { runtime }: Scene,
  params: Partial<ReconcileParams> & { budgetMs?: number; deps?: Partial<ReconcileDeps> } = {},
): Promise<RunResult | "locked"> {
  const { budgetMs = 30_000, deps, ...rest } = params;
  const deadline = startDeadline(budgetMs);
  const everything = { dryRun: false, staleDays: 0, hotMinutes: 0, ...rest };
  const outcome = await runAppointmentReconciliation({ ...runtime.reconcile, ...deps }, everything, deadline);
  deadline.dispose();
  if (outcome.kind === "locked") return "locked";
  if (outcome.kind === "failed") throw new Error(outcome.error);
  return outcome.result as RunResult;
}

/** The same, where it would be a surprise to find everything locked. */
export async function reconcileOnce(scene: Scene, params: Parameters<typeof reconcile>[1] = {}): Promise<RunResult> {
  const result = await reconcile(scene, params);
  if (result === "locked") throw new Error("another run has the lease");
  return result;
}

/**
 * So many hours from now, on the whole minute: times that both providers can say exactly. The minute is the one in which
 * the test file began, so that whoever asks twice is told the same.
 */
export function hoursFromNow(hours: number): Date {
  return new Date(THIS_MINUTE_MS + hours * HOUR_MS);
}

const THIS_MINUTE_MS = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
