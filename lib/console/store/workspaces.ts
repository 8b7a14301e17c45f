import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import { decodeKey, PAGE_SIZE, type Page, toPage } from "../rules/keyset";

/** Whether the credentials of a provider are there. What they are is never read. */
export interface Credentials {
  ghl: boolean;
  calendly: boolean;
  kapso: boolean;
}

export interface WorkspaceRow extends Credentials {
  id: string;
  name: string;
  timezone: string;
  bookingProvider: string | null;
  reconciledAt: Date | null;
  followUpsPausedUntil: Date | null;
  openCircuits: string[];
}

const HAS = {
  ghl: Prisma.sql`(COALESCE(w."ghlLocationId", '') <> '' AND COALESCE(w."ghlPrivateKey", '') <> '')`,
  calendly: Prisma.sql`(COALESCE(w."calendlyAccessToken", '') <> '' AND COALESCE(w."calendlyOrganizationUri", '') <> '')`,
  kapso: Prisma.sql`(COALESCE(w."kapsoPhoneId", '') <> ''
    AND COALESCE(NULLIF(w."kapsoApiKey", ''), w."metaAccessToken", '') <> '')`,
};

const FIELDS = Prisma.sql`
  w."id", w."name", w."timezone", w."meetingBookingProvider" AS "bookingProvider",
  w."appointmentReconciledAt" AS "reconciledAt", w."followUpsPausedUntil",
  ${HAS.ghl} AS "ghl", ${HAS.calendly} AS "calendly", ${HAS.kapso} AS "kapso",
  ARRAY(SELECT c."provider" FROM "Circuit" c WHERE c."clientId" = w."id" AND c."openUntil" IS NOT NULL ORDER BY 1)
    AS "openCircuits"`;

/** A page of workspaces by name, each with how it stands: two index probes per row shown. */
export async function listWorkspaces(db: Db, { after }: { after?: string | undefined }): Promise<Page<WorkspaceRow>> {
  const [name, id] = decodeKey(after, 2) ?? [];
  const from = id === undefined ? Prisma.sql`true` : Prisma.sql`(w."name", w."id") > (${name}, ${id})`;
  const rows = await db.$queryRaw<WorkspaceRow[]>`
    SELECT ${FIELDS} FROM "Client" w
    WHERE ${from} ORDER BY w."name", w."id" LIMIT ${PAGE_SIZE + 1}::int`;
  return toPage(rows, (row) => [row.name, row.id]);
}

/** One workspace; null when there is none. */
export async function readWorkspace(db: Db, id: string): Promise<WorkspaceRow | null> {
  const [row] = await db.$queryRaw<WorkspaceRow[]>`SELECT ${FIELDS} FROM "Client" w WHERE w."id" = ${id}`;
  return row ?? null;
}

/** The names of up to `limit` workspaces, for a choice among them. */
export async function listWorkspaceNames(db: Db, limit: number): Promise<{ id: string; name: string }[]> {
  return db.client.findMany({
    select: { id: true, name: true },
    orderBy: [{ name: "asc" }, { id: "asc" }],
    take: limit,
  });
}
