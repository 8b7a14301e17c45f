import type { Db } from "@/lib/db/client";
import type { SampleLead } from "../environment/sample-leads";
import type { TrueAppointment } from "../sandbox/truth";

/**
 * Puts a booking on record as the program that receives webhooks does: the appointment, the lead's copy of it, the end
 * of chasing and the beginning of reminders.
 */
export async function recordByWebhook(db: Db, lead: SampleLead, meeting: TrueAppointment): Promise<void> {
  const { id: leadId, workspace, person } = lead;
  const { externalId, startAt, endAt } = meeting;
  const now = new Date();
  const common = { startAt, endAt, bookedAt: now, source: "webhook" };
  await db.appointment.create({
    data: {
      ...{ clientId: workspace.id, leadId, provider: person.provider, externalId, status: "confirmed" },
      ...common,
    },
  });
  await db.lead.update({
    where: { id: leadId },
    data: {
      status: "meeting-booked",
      ...(person.provider === "GHL" ? { ghlAppointmentId: externalId } : { calendlyInviteeUri: externalId }),
      ...{ appointmentProvider: person.provider, appointmentStatus: "confirmed", appointmentSource: "webhook" },
      ...{ appointmentStartAt: startAt, appointmentEndAt: endAt, appointmentBookedAt: now },
    },
  });
  await db.followUpInstance.updateMany({
    where: { leadId },
    data: {
      ...{ status: "completed", completedReason: "meeting_booked", completedAt: now },
      ...{ nextStepDue: null, pausedReason: null },
    },
  });
  const reminders = await db.followUpSequence.findMany({
    where: { clientId: workspace.id, triggerOn: "meeting_selected" },
  });
  await db.followUpInstance.createMany({ data: reminders.map(({ id }) => ({ leadId, sequenceId: id })) });
}
