import type { OpenSyncSession } from "@/lib/background-sync/session";
import { ProviderError } from "@/lib/core/errors";
import type { Db } from "@/lib/db/client";
import type { Accounts } from "./accounts";
import { kapsoAccount } from "./kapso/account";
import { createKapsoConversationSource } from "./kapso/conversations";
import { chooseKapsoCredential } from "./kapso/credential";
import { createKapsoRequester } from "./kapso/requester";
import type { ProviderSettings } from "./settings";
import { openTurn } from "./turn";

/** Opens background sync's turns at Kapso: behind the workspace's breaker, within the rate of its key. */
export function createOpenSyncSession(db: Db, accounts: Accounts, settings: ProviderSettings): OpenSyncSession {
  return async (workspace, options) => {
    const credential = chooseKapsoCredential(workspace);
    if (credential === null) throw new ProviderError("Kapso: the workspace has no credential", { kind: "auth" });
    const account = kapsoAccount(accounts, credential.value, settings);
    const turn = await openTurn(db, { clientId: workspace.id, provider: "KAPSO" }, account, settings, options);
    if (turn === "circuit_open") return turn;
    const requester = createKapsoRequester({
      ...{ credential, limiter: turn.limiter, timeoutMs: settings.timeoutMs, baseUrl: settings.kapsoBaseUrl },
    });
    return {
      source: createKapsoConversationSource({ requester, phoneNumberId: workspace.kapsoPhoneId.trim() }),
      isProbe: turn.checksMax === 1,
      requestsSent: turn.requestsSent,
      record: turn.record,
      close: turn.close,
    };
  };
}
