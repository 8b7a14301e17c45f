import type { Db } from "@/lib/db/client";
import type { Workspace } from "../records";
import { chooseProvider, type ProviderCredentials } from "../rules/provider-choice";

interface WorkspaceRow extends ProviderCredentials {
  id: string;
  timezone: string;
  circuits: { provider: string; outcomes: boolean[]; openUntil: Date | null }[];
}

/** The workspaces whose provider can be asked, least recently reconciled first, and how many have no credentials. */
export async function readWorkspaces(
  db: Db,
  filter: { clientId?: string | undefined },
): Promise<{ workspaces: Workspace[]; withoutCredentials: number }> {
  const rows: WorkspaceRow[] = await db.client.findMany({
    where: filter.clientId === undefined ? {} : { id: filter.clientId },
    orderBy: [{ appointmentReconciledAt: { sort: "asc", nulls: "first" } }, { id: "asc" }],
    select: WORKSPACE_FIELDS,
  });
  const workspaces = rows.map(toWorkspace).filter((workspace) => workspace !== null);
  return { workspaces, withoutCredentials: rows.length - workspaces.length };
}

/** The workspace of a lead; null when there is no such lead. */
export async function readWorkspaceOfLead(db: Db, leadId: string): Promise<Workspace | "no_credentials" | null> {
  const lead = await db.lead.findUnique({ where: { id: leadId }, select: { client: { select: WORKSPACE_FIELDS } } });
  if (!lead) return null;
  return toWorkspace(lead.client) ?? "no_credentials";
}

/** Records that a workspace had its turn. It only moves forward. */
export async function markReconciled(db: Db, workspaceId: string, at: Date): Promise<void> {
  await db.$executeRaw`
    UPDATE "Client" SET "appointmentReconciledAt" = ${at}
    WHERE "id" = ${workspaceId} AND ("appointmentReconciledAt" IS NULL OR "appointmentReconciledAt" < ${at})`;
}

const WORKSPACE_FIELDS = {
  id: true,
  timezone: true,
  meetingBookingProvider: true,
  ghlLocationId: true,
  ghlPrivateKey: true,
  calendlyAccessToken: true,
  calendlyOrganizationUri: true,
  circuits: { select: { provider: true, outcomes: true, openUntil: true } },
} as const;

function toWorkspace(row: WorkspaceRow): Workspace | null {
  const provider = chooseProvider(row);
  if (provider === null) return null;
  const { id, timezone, circuits, ...credentials } = row;
  const circuit = circuits.find((one) => one.provider === provider) ?? { outcomes: [], openUntil: null };
  return { id, provider, timezone, credentials, circuit };
}
