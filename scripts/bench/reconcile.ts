import { z } from "zod";
import { runScript } from "../testing/process";
import { medianOf } from "./measure";
import type { BenchPart, Report } from "./report";
import { type BenchStage, openStage, seedWorkspaces } from "./stage";

const WORKER = "scripts/bench/worker.ts";
const roundsOf = (quick: boolean) => (quick ? 1 : 3);

const measurement = z.object({ leads: z.number(), seconds: z.number(), statements: z.number(), peakMb: z.number() });
type Measurement = z.infer<typeof measurement> & { requests: number };

/** Ways to do a round's work: ours, its requests and nothing else in two ways, and the loop that people write. */
const WAYS = ["reconcile", "fetch", "bare", "naive"] as const;
type Way = (typeof WAYS)[number];

const sizeOf = (quick: boolean) => (quick ? { leads: 400, workspaces: 4 } : { leads: 20_000, workspaces: 20 });

/**
 * Leads per second of one process against providers that answer at once, beside loops that send the same requests and do
 * nothing else, and beside one that goes through the leads with Prisma one by one. In rounds, so that whatever else the
 * machine does meets all of them.
 */
export const reconcilePart: BenchPart = {
  title(quick) {
    const { leads, workspaces } = sizeOf(quick);
    return `Reconcile: ${leads} leads in ${workspaces} workspaces, one process, providers that answer at once`;
  },
  async measure(report, quick) {
    const stage = await openStage();
    try {
      await seedWorkspaces(stage, sizeOf(quick));
      const first = await work(stage, "reconcile");
      addFigures(report, "first sight, a booking to record for each lead", [first]);
      const rounds: Record<Way, Measurement[]> = { reconcile: [], fetch: [], bare: [], naive: [] };
      for (let round = 0; round < roundsOf(quick); round++) {
        for (const way of WAYS) {
          if (way === "reconcile") await stage.db.lead.updateMany({ data: { appointmentLastCheckedAt: null } });
          rounds[way].push(await work(stage, way));
        }
      }
      const ours = addFigures(report, "unchanged leads", rounds.reconcile);
      const limit = addFigures(
        report,
        "the limit: the same requests by undici's fetch, and nothing else",
        rounds.fetch,
      );
      const bare = addFigures(report, "the same requests as we send them, and nothing else", rounds.bare);
      const naive = addFigures(report, "one lead after the other with Prisma", rounds.naive);
      report.add({ what: "time of unchanged leads over the limit's", value: limit / ours, unit: "times", atMost: 1.5 });
      report.add({
        what: "time of unchanged leads over that of their requests as we send them",
        value: bare / ours,
        unit: "times",
      });
      report.add({ what: "time of the loop with Prisma over ours", value: ours / naive, unit: "times" });
      report.add({ what: "time of first sight over unchanged leads'", value: ours / rateOf(first), unit: "times" });
      report.add({
        what: "peak resident memory",
        value: Math.max(...rounds.reconcile.map(({ peakMb }) => peakMb)),
        unit: "MB",
      });
    } finally {
      await stage.close();
    }
  },
};

async function work(stage: BenchStage, way: Way): Promise<Measurement> {
  stage.sandbox.ledger.clear();
  const ended = await runScript(WORKER, [way], stage.environment, { asPeopleDo: true });
  if (ended.code !== 0) throw new Error(`the worker failed: ${ended.stderr}`);
  const requests = stage.sandbox.ledger.entries.length;
  return { ...measurement.parse(JSON.parse(ended.stdout)), requests };
}

/** Tells the median rate of some rounds and what each lead cost in them. */
function addFigures(report: Report, what: string, rounds: readonly Measurement[]): number {
  const rate = medianOf(rounds.map(rateOf));
  const perLead = (count: (one: Measurement) => number) => medianOf(rounds.map((one) => count(one) / one.leads));
  report.add({ what: `${what}: leads`, value: rate, unit: "per second" });
  report.add({ what: `${what}: requests per lead`, value: perLead(({ requests }) => requests), unit: "each" });
  const statements = perLead((one) => one.statements);
  if (statements > 0) report.add({ what: `${what}: statements per lead`, value: statements, unit: "each" });
  return rate;
}

function rateOf({ leads, seconds }: Measurement): number {
  return leads / seconds;
}
