import { z } from "zod";
import { runScript } from "../testing/process";
import { openStage, seedWorkspaces } from "./stage";

const WORKER = "scripts/bench/worker.ts";

const measurement = z.object({
  leads: z.number(),
  seconds: z.number(),
  statements: z.number(),
  memory: z.array(z.object({ leads: z.number(), rssMb: z.number() })),
});

/** Ways to measure, in the order in which they follow from each other. */
const PASSES = [
  { name: "first sight (every lead has a booking to record)", mode: "reconcile", forget: false },
  { name: "unchanged (every lead checked again)", mode: "reconcile", forget: true },
  { name: "the same requests and nothing else (the limit)", mode: "requests", forget: false },
];

/**
 * Leads per second of one process against providers that answer at once, beside a loop that sends the same requests and
 * does nothing else. Prints lines for people; the ratio is what to quote, as machines differ.
 */
export async function benchReconcile(workspaces: number, leads: number): Promise<void> {
  const stage = await openStage();
  try {
    await seedWorkspaces(stage, workspaces, leads);
    print(`Reconcile: ${leads} leads in ${workspaces} workspaces, one process, GHL in the sandbox`);
    const rates: number[] = [];
    for (const { name, mode, forget } of PASSES) {
      if (forget) await stage.db.lead.updateMany({ data: { appointmentLastCheckedAt: null } });
      stage.sandbox.ledger.clear();
      const ended = await runScript(WORKER, [mode], stage.environment);
      if (ended.code !== 0) throw new Error(`the worker failed: ${ended.stderr}`);
      const { leads: done, seconds, statements, memory } = measurement.parse(JSON.parse(ended.stdout));
      rates.push(done / seconds);
      print(`  ${(done / seconds).toFixed(0).padStart(6)} leads/s  ${name}`);
      print(
        `         ${perLead(stage.sandbox.ledger.entries.length, done)} requests and ${perLead(statements, done)} statements per lead`,
      );
      if (memory.length > 0) print(`         ${describeMemory(memory)}`);
    }
    const [, unchanged = 0, limit = 0] = rates;
    print(`  ratio: unchanged leads take ${(limit / unchanged).toFixed(2)} times as long as their requests alone`);
  } finally {
    await stage.close();
  }
}

function perLead(count: number, leads: number): string {
  return (count / leads).toFixed(2);
}

/** Flat memory shows as the same figure early and late. */
function describeMemory(memory: readonly { leads: number; rssMb: number }[]): string {
  const early = memory[Math.floor(memory.length / 4)];
  const late = memory.at(-1);
  const peak = Math.max(...memory.map(({ rssMb }) => rssMb));
  return `resident memory ${early?.rssMb.toFixed(0)} MB after ${early?.leads} leads, ${late?.rssMb.toFixed(0)} MB after ${late?.leads}, peak ${peak.toFixed(0)} MB`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
