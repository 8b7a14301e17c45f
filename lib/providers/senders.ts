import type { Db } from "@/lib/db/client";
import type { SendingWorkspace } from "@/lib/followups/records";
import type { ChooseSender, OpenSender, SenderProvider } from "@/lib/followups/sender";
import type { Accounts } from "./accounts";
import { ghlAccount } from "./ghl/account";
import { createGhlMessageApi } from "./ghl/messages";
import type { RequestLimiter } from "./limiter";
import type { MessageApi } from "./message-api";
import type { AccountLimiter } from "./rate-limit/account-limiter";
import { sendMessage } from "./send-message";
import type { ProviderSettings } from "./settings";
import { openTurn } from "./turn";

/** WhatsApp goes through Kapso where that is set up; everything else, and WhatsApp without Kapso, through HighLevel. */
export const chooseSender: ChooseSender = (workspace, channel) => {
  if (channel === "whatsapp" && hasKapso(workspace)) return "KAPSO";
  return hasGhl(workspace) ? "GHL" : null;
};

/** Opens follow-ups' turns at providers: behind the workspace's breaker, within the rate of its account. */
export function createOpenSender(db: Db, accounts: Accounts, settings: ProviderSettings): OpenSender {
  return async (workspace, provider, { deadline }) => {
    const key = { clientId: workspace.id, provider };
    const account = accountOf(accounts, workspace, provider, settings);
    const turn = await openTurn(db, key, account, settings, { deadline, dryRun: false });
    if (turn === "circuit_open") return turn;
    const api = apiOf(workspace, provider, turn.limiter, settings);
    let isOpen = false;
    const record: typeof turn.record = (error) => {
      if (turn.record(error)) isOpen = true;
      return isOpen;
    };
    return {
      provider,
      sendsMax: turn.checksMax,
      send: (message, mayStillSend) => sendMessage({ api, record, signal: deadline.signal }, message, mayStillSend),
      isOpen: () => isOpen,
      close: turn.close,
    };
  };
}

function accountOf(
  accounts: Accounts,
  workspace: SendingWorkspace,
  provider: SenderProvider,
  settings: ProviderSettings,
): AccountLimiter {
  switch (provider) {
    case "GHL":
      return ghlAccount(accounts, workspace.ghlLocationId ?? workspace.id, settings);
    case "KAPSO":
      throw new Error("not yet");
  }
}

function apiOf(
  workspace: SendingWorkspace,
  provider: SenderProvider,
  limiter: RequestLimiter,
  { timeoutMs, ghlBaseUrl }: ProviderSettings,
): MessageApi {
  switch (provider) {
    case "GHL":
      return createGhlMessageApi({ limiter, timeoutMs, baseUrl: ghlBaseUrl, token: workspace.ghlPrivateKey ?? "" });
    case "KAPSO":
      throw new Error("not yet");
  }
}

function hasGhl({ ghlLocationId, ghlPrivateKey }: SendingWorkspace): boolean {
  return isFilled(ghlLocationId) && isFilled(ghlPrivateKey);
}

function hasKapso({ kapsoPhoneId, kapsoApiKey, metaAccessToken }: SendingWorkspace): boolean {
  return isFilled(kapsoPhoneId) && (isFilled(kapsoApiKey) || isFilled(metaAccessToken));
}

/** A value of blanks configures nothing. */
function isFilled(value: string | null): boolean {
  return value !== null && value.trim() !== "";
}
