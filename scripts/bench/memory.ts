import { runBackfill } from "./backfill-process";
import { withDatabase } from "./measure";
import type { BenchPart } from "./report";
import { empty, seedThreads, THREAD_MESSAGES } from "./response-timing-data";
import { openStage, seedWorkspaces } from "./stage";

const WORKSPACES = 4;

interface MeasuredBackfill {
  /** What its rows are. */
  of: string;
  /** Few and many of them. A million leads are a million requests, and take a quarter of an hour. */
  sizes: { quick: [number, number]; full: [number, number] };
  /** The most memory that its process has over so many rows. */
  peakMb: (rows: number) => Promise<number>;
}

const BACKFILLS: MeasuredBackfill[] = [
  {
    of: "leads whose appointments are looked for",
    sizes: { quick: [500, 2_000], full: [10_000, 1_000_000] },
    peakMb: peakOfAppointmentsMb,
  },
  {
    of: "messages whose response times are worked out",
    sizes: { quick: [1_000, 5_000], full: [10_000, 1_000_000] },
    peakMb: peakOfResponseTimingMb,
  },
];

/** The most that each backfill's process ever has in memory: flat, or growing with what there is to do. */
export const memoryPart: BenchPart = {
  title: () => "Memory: peak resident set of a backfill's process",
  async measure(report, quick) {
    for (const { of, sizes, peakMb } of BACKFILLS) {
      const [few, many] = quick ? sizes.quick : sizes.full;
      const peaks = { few: await peakMb(few), many: await peakMb(many) };
      report.add({ what: `${few} ${of}`, value: peaks.few, unit: "MB" });
      report.add({ what: `${many} ${of}`, value: peaks.many, unit: "MB" });
      report.add({ what: `memory for ${many} over ${few} ${of}`, value: peaks.many / peaks.few, unit: "times" });
    }
  },
};

/** Leads without meetings: a request for each, and no row for each in the sandbox's calendar. */
async function peakOfAppointmentsMb(leads: number): Promise<number> {
  const stage = await openStage();
  try {
    await seedWorkspaces(stage, { workspaces: WORKSPACES, leads, withMeetings: false });
    const args = ["--lead-concurrency", "16", "--client-concurrency", String(WORKSPACES)];
    return (await runBackfill("scripts/backfill-appointments.ts", stage.environment, args)).peakMb;
  } finally {
    await stage.close();
  }
}

async function peakOfResponseTimingMb(messages: number): Promise<number> {
  let peakMb = 0;
  await withDatabase(async (db, url) => {
    await empty(db);
    await seedThreads(db, messages / THREAD_MESSAGES);
    const environment = { DATABASE_URL: url, DIRECT_URL: url, LOG_LEVEL: "silent" };
    ({ peakMb } = await runBackfill("scripts/backfill-response-timing.ts", environment));
  });
  return peakMb;
}
