import type { Finding } from "../invariants/evidence";
import type { CronJob } from "./jobs";
import type { Trial } from "./trials";

/** What a lead's record says of its meetings. */
const ROLL_UP = [
  ...["status", "ghlAppointmentId", "calendlyInviteeUri", "calendlyScheduledEventUri", "appointmentProvider"],
  ...["appointmentStatus", "appointmentStartAt", "appointmentEndAt", "appointmentBookedAt", "appointmentCanceledAt"],
]
  .map((name) => `"${name}"`)
  .join(", ");

/**
 * Another program writes back what it knew before: a webhook that comes late, a row out of a backup. The transitions are
 * found a second time, and their effects are there already.
 */
export async function writeOldNews({ arena }: Trial, job: CronJob): Promise<Finding[]> {
  const { witness } = arena;
  await witness.query(`
    CREATE TABLE witness.old_appointment AS TABLE "Appointment";
    CREATE TABLE witness.old_lead AS TABLE "Lead"`);
  await arena.call(job, job.everythingIsDue);
  await witness.query("BEGIN");
  await witness.query("SET LOCAL session_replication_role = replica");
  await witness.query(`
    DELETE FROM "Appointment";
    INSERT INTO "Appointment" SELECT * FROM witness.old_appointment;
    UPDATE "Lead" l SET (${ROLL_UP}) = (SELECT ${ROLL_UP} FROM witness.old_lead o WHERE o."id" = l."id")`);
  await witness.query("COMMIT");
  await witness.query("DROP TABLE witness.old_appointment, witness.old_lead");
  return [];
}
