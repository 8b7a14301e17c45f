import { z } from "zod";

const TYPES = ["always", "phone_provided", "email_provided", "no_response"] as const;

/** What a step asks for. What stands beside `type` has no meaning yet, and is passed over. */
const conditionSchema = z.object({ type: z.enum(TYPES) }).nullable();

export type StepCondition = z.infer<typeof conditionSchema>;

export interface ConditionFacts {
  hasPhone: boolean;
  hasEmail: boolean;
  /** Whether the lead replied since the last step, whatever was resumed since. */
  hasReplied: boolean;
}

/** A type that is safe to repeat: a word, and not a long one. */
const WORD = /^[\w-]{1,40}$/;

/**
 * Reads a step's condition; null is always. One that cannot be understood is told apart from one that does not hold: its
 * reason says what is wrong with it, and repeats nothing but a short word. Never throws.
 */
export function readCondition(
  json: unknown,
): { kind: "ok"; condition: StepCondition } | { kind: "malformed"; reason: string } {
  const read = conditionSchema.safeParse(json);
  if (read.success) return { kind: "ok", condition: read.data };
  return { kind: "malformed", reason: `${describeFault(json)}; use null, or {"type": …} with ${TYPES.join(", ")}` };
}

/** Whether a step is to be done. One whose condition does not hold is skipped. */
export function holds(condition: StepCondition, facts: ConditionFacts): boolean {
  switch (condition?.type) {
    case undefined:
    case "always":
      return true;
    case "phone_provided":
      return facts.hasPhone;
    case "email_provided":
      return facts.hasEmail;
    case "no_response":
      return !facts.hasReplied;
  }
}

function describeFault(json: unknown): string {
  if (typeof json !== "object" || json === null) return `the condition is of type ${typeof json}`;
  if (Array.isArray(json)) return "the condition is a list";
  const type: unknown = Reflect.get(json, "type");
  if (type === undefined) return "the condition has no type";
  if (typeof type !== "string") return "the condition's type is no text";
  return WORD.test(type) ? `the condition's type "${type}" is unknown` : "the condition's type is unknown";
}
