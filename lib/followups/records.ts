/** What the engine knows of a workspace when it sends for it. Credentials go to senders and nowhere else. */
export interface SendingWorkspace {
  id: string;
  ghlLocationId: string | null;
  ghlPrivateKey: string | null;
  kapsoPhoneId: string | null;
  kapsoApiKey: string | null;
  metaAccessToken: string | null;
}

/** The channels that a machine can send on. */
export type SendChannel = "email" | "sms" | "whatsapp";
