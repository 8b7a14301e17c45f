import { z } from "zod";

/** What a run says of one lead that it changed, or would have changed. */
const changeSchema = z.object({
  leadId: z.string(),
  outcome: z.string(),
  before: z.object({ status: z.string().nullable(), startAt: z.string().nullable() }),
  after: z.object({ status: z.string().nullable(), startAt: z.string().nullable() }),
  transitions: z.array(z.string()),
  tasksCreated: z.number(),
});
export type RunChange = z.infer<typeof changeSchema>;

/** What the console itself puts beside the figures of a run that it starts. */
const consoleSchema = z.object({
  clientId: z.string(),
  everybody: z.boolean(),
  leadsMax: z.number(),
  changes: z.array(changeSchema),
  changesLeftOut: z.number(),
});
export type ConsoleScope = z.infer<typeof consoleSchema>;

export interface RunFigures {
  /** Plain counters and words, in the order in which the run gave them. */
  figures: [name: string, value: string][];
  /** Failed checks by kind, with the leads that were named. */
  failures: { kind: string; count: number; leadIds: string[] }[];
  /** Steps that failed as a whole. */
  stepErrors: { step: string; message: string }[];
  /** Only where the console started the run. */
  scope: ConsoleScope | null;
}

const counts = z.record(z.string(), z.number());
const leadIds = z.record(z.string(), z.array(z.string()));
const steps = z.array(z.object({ step: z.string(), message: z.string() }));

/** Shown elsewhere on the page. */
const APART = new Set(["errorsByKind", "failedLeads", "console"]);

/**
 * Reads the result of a run, whatever job it was and whichever version wrote it: what is not understood is left out,
 * and nothing fails over it.
 */
export function readRunFigures(result: unknown): RunFigures {
  const fields = z.record(z.string(), z.unknown()).catch({}).parse(result);
  const errorsByKind = counts.catch({}).parse(fields["errorsByKind"]);
  const named = leadIds.catch({}).parse(fields["failedLeads"]);
  return {
    figures: Object.entries(fields).flatMap(([name, value]) => (APART.has(name) ? [] : figuresOf(name, value))),
    failures: Object.entries(errorsByKind).map(([kind, count]) => ({ kind, count, leadIds: named[kind] ?? [] })),
    stepErrors: steps.catch([]).parse(fields["errors"]),
    scope: consoleSchema
      .nullable()
      .catch(null)
      .parse(fields["console"] ?? null),
  };
}

/** Groups of figures are told one by one, under both names. */
function figuresOf(name: string, value: unknown): [string, string][] {
  if (value === null) return [[name, "–"]];
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean")
    return [[name, String(value)]];
  if (typeof value !== "object" || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([inner, it]) => figuresOf(`${name}.${inner}`, it));
}
