import type { Db } from "@/lib/db/client";
import type { ChooseSender, OpenSender, SenderProvider, SendingWorkspace } from "@/lib/followups/sender";
import type { Accounts } from "./accounts";
import { ghlAccount } from "./ghl/account";
import { createGhlMessageApi } from "./ghl/messages";
import { kapsoAccount } from "./kapso/account";
import { chooseKapsoCredential } from "./kapso/credential";
import { createKapsoMessageApi } from "./kapso/messages";
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
  return async (workspace, provider, options) => {
    const key = { clientId: workspace.id, provider };
    const source = sourceOf(accounts, workspace, provider, settings);
    const turn = await openTurn(db, key, source.account, settings, { ...options, dryRun: false });
    if (turn === "circuit_open") return turn;
    const api = source.openApi(turn.limiter);
    let isOpen = false;
    const record: typeof turn.record = (error) => {
      if (turn.record(error)) isOpen = true;
      return isOpen;
    };
    return {
      provider,
      sendsMax: turn.checksMax,
      send: (message, mayStillSend) =>
        sendMessage({ api, record, signal: options.deadline.signal }, message, mayStillSend),
      isOpen: () => isOpen,
      close: turn.close,
    };
  };
}

interface MessageSource {
  account: AccountLimiter;
  openApi(limiter: RequestLimiter): MessageApi;
}

/** What a workspace's messages are counted by and sent with. Credentials that are missing are refused when they are used. */
function sourceOf(
  accounts: Accounts,
  workspace: SendingWorkspace,
  provider: SenderProvider,
  settings: ProviderSettings,
): MessageSource {
  const { timeoutMs, ghlBaseUrl, kapsoBaseUrl } = settings;
  switch (provider) {
    case "GHL": {
      const token = workspace.ghlPrivateKey ?? "";
      return {
        account: ghlAccount(accounts, workspace.ghlLocationId ?? workspace.id, settings),
        openApi: (limiter) => createGhlMessageApi({ limiter, timeoutMs, baseUrl: ghlBaseUrl, token }),
      };
    }
    case "KAPSO": {
      const credential = chooseKapsoCredential(workspace) ?? { kind: "api_key", value: "" };
      const phoneNumberId = workspace.kapsoPhoneId ?? "";
      const where = { timeoutMs, baseUrl: kapsoBaseUrl, credential, phoneNumberId };
      return {
        account: kapsoAccount(accounts, credential.value || workspace.id, settings),
        openApi: (limiter) => createKapsoMessageApi({ limiter, ...where }),
      };
    }
  }
}

function hasGhl({ ghlLocationId, ghlPrivateKey }: SendingWorkspace): boolean {
  return isFilled(ghlLocationId) && isFilled(ghlPrivateKey);
}

function hasKapso(workspace: SendingWorkspace): boolean {
  return isFilled(workspace.kapsoPhoneId) && chooseKapsoCredential(workspace) !== null;
}

/** A value of blanks configures nothing. */
function isFilled(value: string | null): boolean {
  return value !== null && value.trim() !== "";
}
