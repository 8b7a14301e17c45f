import { z } from "zod";

export interface ParamIssue {
  path: string;
  message: string;
}

export type ParsedParams<Params> = { ok: true; params: Params } | { ok: false; issues: ParamIssue[] };

/** A whole number in plain digits, from `min` to `max`. */
export function integerParam(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message)
    .optional();
}

/** `true`, `false`, `1` or `0`; false when absent. */
export function booleanParam() {
  return z
    .enum(["true", "false", "1", "0"], { error: "must be true, false, 1 or 0" })
    .transform((value) => value === "true" || value === "1")
    .default(false);
}

/** A row's id. Whether the row exists is asked later. */
export function idParam() {
  return z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, "must be an id: up to 200 printable characters without spaces")
    .optional();
}

/** What every cron takes. */
export const commonParams = { clientId: idParam(), dryRun: booleanParam() };

/** The parameters of one cron: the common ones and its own. A name that is not among them is an error. */
export function cronParams<Shape extends z.ZodRawShape>(own: Shape) {
  return z.strictObject({ ...commonParams, ...own });
}

/**
 * Reads a query string against a schema. A parameter given twice, left empty or unknown is an issue of its own, so that
 * `?dryrun=true` never becomes a run that writes.
 */
export function parseQuery<Schema extends z.ZodType>(
  query: URLSearchParams,
  schema: Schema,
): ParsedParams<z.infer<Schema>> {
  const names = [...new Set(query.keys())];
  const malformed = names.flatMap((name): ParamIssue[] => {
    if (query.getAll(name).length > 1) return [{ path: name, message: "is given more than once" }];
    return query.get(name) === "" ? [{ path: name, message: "is empty; leave it out or give it a value" }] : [];
  });
  if (malformed.length > 0) return { ok: false, issues: malformed };
  // Without a prototype, so that a parameter named `__proto__` is a parameter like any other.
  const values: unknown = Object.assign(Object.create(null), Object.fromEntries(query));
  const parsed = schema.safeParse(values);
  return parsed.success
    ? { ok: true, params: parsed.data }
    : { ok: false, issues: parsed.error.issues.flatMap(toIssues) };
}

function toIssues(issue: z.core.$ZodIssue): ParamIssue[] {
  if (issue.code !== "unrecognized_keys") return [{ path: issue.path.join("."), message: issue.message }];
  return issue.keys.map((key) => ({ path: key, message: "is not a parameter of this job" }));
}
