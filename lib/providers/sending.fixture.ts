import { startDeadline } from "@/lib/core/time";
import type { SendingWorkspace } from "@/lib/followups/records";
import type { OutgoingMessage, SenderProvider, SenderSession } from "@/lib/followups/sender";
import { addGhlWorkspace, addKapsoWorkspace, type Scene, type TestWorkspace } from "@/scripts/testing/scene";

/** A workspace that can send through one provider. */
export async function addSendingWorkspace(
  scene: Scene,
  provider: SenderProvider,
): Promise<TestWorkspace & SendingWorkspace> {
  const added = provider === "GHL" ? await addGhlWorkspace(scene) : await addKapsoWorkspace(scene);
  const client = await scene.runtime.db.client.findUniqueOrThrow({ where: { id: added.id } });
  return { ...client, account: added.account };
}

/** A turn at the provider for as long as `budgetMs`. */
export async function openSender(
  scene: Scene,
  workspace: SendingWorkspace,
  provider: SenderProvider,
  { budgetMs = 30_000 }: { budgetMs?: number } = {},
): Promise<SenderSession> {
  const session = await scene.runtime.openSender(workspace, provider, { deadline: startDeadline(budgetMs) });
  if (session === "circuit_open") throw new Error("the circuit is open");
  return session;
}

/** Sends a message that nothing speaks against. */
export function sendOnce(sender: SenderSession, message: OutgoingMessage) {
  return sender.send(message, async () => true);
}
