import { SECOND_MS } from "@/lib/core/time";
import type { FollowUpDeps } from "./deps";
import { SEND_CHANNELS } from "./sender";
import { type ClosedChannel, findOldestDue, readBrokenWorkspaces } from "./store/oldest-due";

/**
 * For how long the step that has been due longest has waited, in whole seconds; 0 when none is due. Steps that no run
 * could do now do not count: those of leads that are booked, snoozed or opted out, of sequences that are not active and
 * workspaces that are paused, those under way, and messages for a provider whose circuit is not closed.
 */
export async function measureFollowUpLag({
  db,
  clock,
  chooseSender,
}: Pick<FollowUpDeps, "db" | "clock" | "chooseSender">): Promise<number> {
  const broken = await readBrokenWorkspaces(db);
  const closed = broken.flatMap(({ workspace, providers }) =>
    SEND_CHANNELS.flatMap((channel): ClosedChannel[] => {
      const provider = chooseSender(workspace, channel);
      return provider !== null && providers.includes(provider) ? [{ workspaceId: workspace.id, channel }] : [];
    }),
  );
  const now = clock.now();
  const since = await findOldestDue(db, now, closed);
  return since === null ? 0 : Math.max(0, Math.round((now.getTime() - since.getTime()) / SECOND_MS));
}
