import type { Tx } from "@/lib/db/client";

/** Whose notes these are, for everybody who reads them. */
export const ADDED_BY = "background-sync";

/** How a note begins that tells of recovered messages. It is no flag, and does not count for the cooldown. */
export const RECOVERY_PREFIX = "Missed webhook:";

/** Leaves the note of a conversation in which so many messages were missing. Returns its id. */
export async function addRecoveryNote(tx: Tx, leadId: string, messages: number): Promise<string> {
  const note = await tx.leadNote.create({
    data: { leadId, content: recoveryText(messages), addedBy: ADDED_BY },
    select: { id: true },
  });
  return note.id;
}

/** Says in a note that it is more of them. A note that somebody has deleted stays deleted. */
export async function changeRecoveryNote(tx: Tx, noteId: string, messages: number): Promise<void> {
  await tx.leadNote.updateMany({ where: { id: noteId }, data: { content: recoveryText(messages) } });
}

/** The wording is part of the contract (§9), one message or many. */
function recoveryText(messages: number): string {
  return `${RECOVERY_PREFIX} ${messages} messages recovered`;
}
