import { randomUUID } from "node:crypto";
import { DAY_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import type { Sandbox } from "../sandbox/sandbox";
import { type OfficeHours, zoneAt } from "./calendar";
import { chooseOpenHours } from "./open-hours";

/** A workspace that writes to its leads. */
export interface FollowUpWorkspace {
  readonly id: string;
  readonly name: string;
  /** Through whom it writes, and what is special about it. For people. */
  readonly about: string;
  readonly locationId: string;
  /** The number at Kapso that its WhatsApp messages come from; null where they go through HighLevel. */
  readonly kapsoNumberId: string | null;
  readonly hours: OfficeHours;
}

export type FollowUpWorkspaceKind = "highlevel" | "kapso" | "office hours" | "paused";

/** The ampersand has to arrive as one, also in an e-mail's HTML. */
const NAMES: Record<FollowUpWorkspaceKind, { name: string; about: string }> = {
  highlevel: { name: "Linden & Lime", about: "HighLevel" },
  kapso: { name: "Quay Rentals", about: "HighLevel, WhatsApp through Kapso" },
  "office hours": { name: "Nightjar Optics", about: "HighLevel, from 9 to 5" },
  paused: { name: "Siesta Sailing", about: "HighLevel, paused until tomorrow" },
};

/** Puts the workspaces that follow up into the sandbox and into the database. All but one may write to people now. */
export async function addFollowUpWorkspaces(
  sandbox: Sandbox,
  db: Db,
  now: Date,
): Promise<Record<FollowUpWorkspaceKind, FollowUpWorkspace>> {
  const open = chooseOpenHours(now);
  const add = async (kind: FollowUpWorkspaceKind): Promise<FollowUpWorkspace> => {
    const hours = kind === "office hours" ? { ...open, workStartTime: "09:00", workEndTime: "17:00" } : open;
    const { workStartTime, workEndTime } = hours;
    const timezone = zoneAt(hours.utcOffsetHours);
    const location = sandbox.ghl.addLocation({ timezone });
    const number = kind === "kapso" ? sandbox.kapso.addNumber() : null;
    const id = randomUUID();
    const { name, about } = NAMES[kind];
    await db.client.create({
      data: {
        ...{ id, name, timezone, workStartTime, workEndTime },
        ...{ ghlLocationId: location.id, ghlPrivateKey: location.token },
        ...(number && { kapsoPhoneId: number.id, kapsoApiKey: number.project.apiKey }),
        followUpsPausedUntil: kind === "paused" ? new Date(now.getTime() + DAY_MS) : null,
      },
    });
    return { id, name, about, locationId: location.id, kapsoNumberId: number?.id ?? null, hours };
  };
  return {
    highlevel: await add("highlevel"),
    kapso: await add("kapso"),
    "office hours": await add("office hours"),
    paused: await add("paused"),
  };
}
