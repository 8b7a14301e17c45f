import type { Db } from "@/lib/db/client";

/** What is on record of a lead, as far as it is compared. */
export type StoredLead = Awaited<ReturnType<typeof readStored>>[number];

/** Reads the leads with all that hangs on them. */
export async function readStored(db: Db, leadIds: readonly string[]) {
  return db.lead.findMany({
    where: { id: { in: [...leadIds] } },
    include: {
      appointments: true,
      followUpInstances: { include: { sequence: { select: { triggerOn: true } } } },
      followUpTasks: { select: { type: true } },
    },
  });
}
