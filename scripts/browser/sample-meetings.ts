import { randomUUID } from "node:crypto";
import { DAY_MS, HOUR_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import { inventPerson } from "../environment/names";
import { createRandom } from "../sandbox/random";

const PAST_MEETINGS = 70;
const DAYS = 29;
/** Others have the names before these. */
const FIRST_PERSON = 2_000;

/**
 * A month of meetings of people who are customers by now: nobody asks about them any more. Some were cancelled, some
 * moved.
 */
export async function addSampleMeetings(db: Db, clientId: string, ago: (ms: number) => Date): Promise<void> {
  const random = createRandom(23);
  const told = Array.from({ length: PAST_MEETINGS }, (_, place) => {
    const leadId = randomUUID();
    const bookedMs = (1 + random() * (DAYS - 2)) * DAY_MS;
    const heldMs = Math.max(HOUR_MS, bookedMs - (1 + 3 * random()) * DAY_MS);
    const changedMs = heldMs + (bookedMs - heldMs) * random();
    const { firstName, lastName } = inventPerson(FIRST_PERSON + place);
    const canceled = place % 5 === 4;
    return {
      lead: { id: leadId, clientId, firstName, lastName, status: "converted" },
      meeting: {
        ...{ clientId, leadId, provider: "GHL", externalId: `past-${leadId}`, source: "webhook" },
        ...{ startAt: ago(heldMs), endAt: ago(heldMs - HOUR_MS), bookedAt: ago(bookedMs) },
        ...(canceled ? { status: "canceled", canceledAt: ago(changedMs) } : { status: "showed" }),
      },
      moved: place % 6 === 1 ? { leadId, at: ago(changedMs) } : null,
    };
  });
  await db.lead.createMany({ data: told.map(({ lead }) => lead) });
  await db.appointment.createMany({ data: told.map(({ meeting }) => meeting) });
  const moved = told.flatMap(({ moved }) => (moved === null ? [] : [moved]));
  await db.followUpTask.createMany({
    data: moved.map(({ leadId, at }) => ({
      ...{ leadId, type: "meeting-rescheduled", status: "completed", dueDate: at, createdAt: at },
    })),
  });
}
