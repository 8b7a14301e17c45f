/** What opens a number at Kapso: the project's key, or Meta's own token for the number. */
export interface KapsoCredential {
  kind: "api_key" | "access_token";
  /** Without blanks around it. Kapso counts requests by it. */
  value: string;
}

/** The credential that a workspace's number is asked with: its key if it has one, else its token, else null. */
export function chooseKapsoCredential(stored: {
  kapsoApiKey: string | null;
  metaAccessToken: string | null;
}): KapsoCredential | null {
  const apiKey = stored.kapsoApiKey?.trim();
  if (apiKey) return { kind: "api_key", value: apiKey };
  const accessToken = stored.metaAccessToken?.trim();
  return accessToken ? { kind: "access_token", value: accessToken } : null;
}

/** The header that carries a credential. */
export function headersOf({ kind, value }: KapsoCredential): Record<string, string> {
  return kind === "api_key" ? { "x-api-key": value } : { authorization: `Bearer ${value}` };
}
