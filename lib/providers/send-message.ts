import { ProviderError } from "@/lib/core/errors";
import type { OutgoingMessage, SenderSession, SendOutcome } from "@/lib/followups/sender";
import type { MessageApi } from "./message-api";
import type { Turn } from "./turn";

export interface MessageTurn {
  api: MessageApi;
  /** Hears how each send went. */
  record: Turn["record"];
  /** The end of the run. */
  signal: AbortSignal;
}

/**
 * Sends one message at most once and says what is certain about it. Every request that reached the provider, or should
 * have, is told to the breaker.
 */
export async function sendMessage(
  { api, record, signal }: MessageTurn,
  message: OutgoingMessage,
  mayStillSend: () => Promise<boolean>,
): ReturnType<SenderSession["send"]> {
  const composed = api.compose(message);
  if ("unfit" in composed) return { kind: "refused", reason: composed.unfit, credentialDead: false };
  const { path, ...request } = composed;
  const result = await api.requester.post(path, { ...request, signal, mayStillSend });
  switch (result.kind) {
    case "accepted":
      // It was sent, and still the breaker hears of an answer that is none: something else than the API may be answering.
      record(result.fault);
      return { kind: "sent", externalId: api.readId(result.answer.body) };
    case "not_sent":
      record(result.error);
      return { kind: "not_sent", reason: result.error.message, retryAfterMs: result.retryAfterMs };
    case "refused": {
      const error = await withCredentialChecked(api, message, result.error, signal);
      record(error);
      return refused(error, api.explainRefusal(result.body));
    }
    case "unknown":
      record(result.error);
      return { kind: "unknown", reason: result.error.message };
    case "prevented":
    case "cut_off":
      return { kind: result.kind };
  }
}

/**
 * A credential is dead when it is refused twice, for a single 401 can be a passing one. The message is not sent twice to
 * find out: a read asks, and it asks a second time itself before it gives up.
 */
async function withCredentialChecked(
  api: MessageApi,
  message: OutgoingMessage,
  error: ProviderError,
  signal: AbortSignal,
): Promise<ProviderError> {
  if (error.status !== 401) return error;
  try {
    await api.askAgain(message, signal);
    return error;
  } catch (again) {
    const isDead = again instanceof ProviderError && again.status === 401 && again.credentialDead;
    return isDead ? new ProviderError(error.message, { kind: "auth", status: 401, credentialDead: true }) : error;
  }
}

function refused(error: ProviderError, because: string | null): SendOutcome {
  const reason = because === null ? error.message : `${error.message}: ${because}`;
  return { kind: "refused", reason, credentialDead: error.credentialDead };
}
