import { startDeadline } from "@/lib/core/time";
import type { OutgoingMessage, SenderProvider, SenderSession, SendingWorkspace } from "@/lib/followups/sender";
import type { Fault, FaultRule } from "@/scripts/sandbox/faults";
import { addGhlWorkspace, addKapsoWorkspace, type Scene, type TestWorkspace } from "@/scripts/testing/scene";

/** A workspace that can send through one provider, and people whom it can reach there. */
export interface Sending {
  workspace: TestWorkspace & SendingWorkspace;
  provider: SenderProvider;
  /** A message of its own to somebody new. */
  newMessage(fields?: Partial<OutgoingMessage>): OutgoingMessage;
  /** What people got from this workspace, in order. */
  delivered(): string[];
  /** How many messages were posted, whatever became of them. */
  posts(): number;
  addFault(fault: Fault, options?: { times?: number }): FaultRule;
  open(options?: { budgetMs?: number }): Promise<SenderSession>;
  circuit(): Promise<{ openUntil: Date | null; outcomes: boolean[]; reason: string | null } | null>;
}

let people = 0;

export async function startSending(
  scene: Scene,
  provider: SenderProvider,
  given: { contact?: { dnd?: boolean }; number?: Parameters<typeof addKapsoWorkspace>[1] } = {},
): Promise<Sending> {
  const { sandbox, runtime } = scene;
  const isGhl = provider === "GHL";
  const { id, account } = isGhl ? await addGhlWorkspace(scene) : await addKapsoWorkspace(scene, given.number);
  const workspace = { ...(await runtime.db.client.findUniqueOrThrow({ where: { id } })), account };
  const inPath = isGhl ? "" : account;
  const ofWorkspace = (request: { account: string; path: string }) =>
    isGhl ? request.account === account : request.path.startsWith(`/${inPath}/`);
  return {
    workspace,
    provider,
    newMessage(fields = {}) {
      const phone = `+1555010${String(++people).padStart(4, "0")}`;
      const email = `person${people}@example.com`;
      const contact = isGhl ? sandbox.ghl.addContact(account, { email, phone, ...given.contact }) : null;
      const to = { ghlContactId: contact?.id ?? null, email, phone };
      return { channel: isGhl ? "sms" : "whatsapp", to, subject: null, body: `Hello no. ${people}`, ...fields };
    },
    delivered: () =>
      isGhl
        ? sandbox.ghl.outbox
            .deliveries()
            .filter(({ locationId }) => locationId === account)
            .map(({ body }) => body)
        : sandbox.kapso
            .deliveries()
            .filter(({ conversation }) => conversation.number.id === account)
            .map(({ body }) => body),
    posts: () => sandbox.ledger.entries.filter((entry) => entry.method === "POST" && ofWorkspace(entry)).length,
    addFault: (fault, options = {}) => sandbox.faults.add({ match: ofWorkspace, fault, ...options }),
    async open({ budgetMs = 30_000 } = {}) {
      const session = await runtime.followups.openSender(workspace, provider, { deadline: startDeadline(budgetMs) });
      if (session === "circuit_open") throw new Error("the circuit is open");
      return session;
    },
    circuit: () => runtime.db.circuit.findUnique({ where: { clientId_provider: { clientId: id, provider } } }),
  };
}

/** Sends a message that nothing speaks against. */
export function sendOnce(sender: SenderSession, message: OutgoingMessage) {
  return sender.send(message, async () => true);
}
