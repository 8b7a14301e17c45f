import type { Invariant } from "./evidence";

interface RunRow {
  id: string;
  job: string;
  status: string;
  finished: boolean;
  explained: boolean;
}

/** After the abandoned ones were closed no run is left without an end and a reason for it. */
export const everyRunEnded: Invariant = {
  name: "every run has an end and a reason",
  find: async ({ witness }) => {
    const { rows } = await witness.query<RunRow>(`
      SELECT "id", "job", "status", "finishedAt" IS NOT NULL AS finished,
        "error" IS NOT NULL OR "status" = 'skipped' OR "result" ? 'stopReason' AS explained
      FROM "CronRun" WHERE "status" = 'running' OR "finishedAt" IS NULL
        OR ("error" IS NULL AND "status" <> 'skipped' AND NOT COALESCE("result" ? 'stopReason', false))`);
    return rows.map(({ id, job, status }) => `run ${id} of ${job} is ${status} without an end or a reason`);
  },
};

/** Nobody holds anything any more: no lease, no transaction, no statement, no probe. */
export const nothingHeld: Invariant = {
  name: "no lease, transaction or statement is left",
  find: async ({ witness }) => {
    const { rows } = await witness.query<{ what: string }>(`
      SELECT 'lease ' || "key" AS what FROM "Lease" WHERE "expiresAt" > clock_timestamp()
      UNION ALL SELECT 'backfill lead without a run ' || "leadId" FROM "BackfillLead" b
        WHERE NOT EXISTS (SELECT 1 FROM "BackfillRun" r WHERE r."id" = b."runId")
      UNION ALL SELECT 'claim of ' || "id" FROM "FollowUpInstance" WHERE "claimExpiresAt" > clock_timestamp()
      UNION ALL SELECT 'send of ' || "instanceId" FROM "FollowUpSend" WHERE "status" = 'sending'
      UNION ALL SELECT 'connection ' || pid || ' ' || state FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
          AND state <> 'idle'`);
    return rows.map(({ what }) => `${what} is still held`);
  },
};

/** Texts that the program itself wrote into the database. */
const WRITTEN = [
  `"error" AS written FROM "CronRun"`,
  `"result"::text FROM "CronRun"`,
  `"reason" FROM "Circuit"`,
  `"reason" FROM "BackfillLead"`,
  `"reason" FROM "FollowUpSend"`,
  `"error" FROM "SyncHealth"`,
  `"content" FROM "LeadNote" WHERE "addedBy" = 'background-sync'`,
];

/** No secret, no e-mail address and no phone number in what was logged, answered or noted. */
export const nothingTold: Invariant = {
  name: "no secret and no person in logs, answers and notes",
  find: async ({ witness, said, ...known }) => {
    const secrets = [...known.secrets, ...known.world.secrets];
    const { rows } = await witness.query<{ written: string | null }>(
      WRITTEN.map((text) => `SELECT ${text}`).join(" UNION ALL "),
    );
    const everything = [said, ...rows.map(({ written }) => written ?? "")].join("\n");
    // The number of the secret and not the secret: this text is read by many.
    return secrets.flatMap((secret, index) =>
      everything.includes(secret) ? [`secret ${index + 1} of ${secrets.length} was told`] : [],
    );
  },
};
