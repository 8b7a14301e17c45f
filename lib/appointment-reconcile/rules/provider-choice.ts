import type { ProviderName } from "../source";

export interface ProviderCredentials {
  meetingBookingProvider: string | null;
  ghlLocationId: string | null;
  ghlPrivateKey: string | null;
  calendlyAccessToken: string | null;
  calendlyOrganizationUri: string | null;
}

/**
 * The provider that a workspace's leads are asked about: the one it names if its credentials are there, else the one
 * that has credentials (GHL first), else none.
 */
export function chooseProvider(workspace: ProviderCredentials): ProviderName | null {
  const available: Record<ProviderName, boolean> = {
    GHL: isPresent(workspace.ghlLocationId) && isPresent(workspace.ghlPrivateKey),
    CALENDLY: isPresent(workspace.calendlyAccessToken) && isPresent(workspace.calendlyOrganizationUri),
  };
  const named = workspace.meetingBookingProvider;
  if ((named === "GHL" || named === "CALENDLY") && available[named]) return named;
  if (available.GHL) return "GHL";
  return available.CALENDLY ? "CALENDLY" : null;
}

/** A credential of blanks is none. */
function isPresent(credential: string | null): boolean {
  return credential !== null && credential.trim() !== "";
}
