import type { SequenceStep, StepFacts } from "./facts";
import { isBlank, isSendChannel } from "./reach";
import { fillTemplate, type PLACEHOLDERS, type TemplateValues } from "./template";

/** A step's own words, filled for one lead. */
export type ComposedStep =
  | { kind: "composed"; subject: string | null; body: string | null }
  /** The first value that the texts lack, or the text itself: `subject`, `messageTemplate`. */
  | { kind: "missing"; name: string };

type Placeholder = (typeof PLACEHOLDERS)[number];

/**
 * The subject (of e-mails alone) and the body of a step. An e-mail without a subject is one with a hole. A step that people
 * do elsewhere, a call or a word on LinkedIn, may do without a text: then its body is null.
 */
export function composeStep(step: SequenceStep, facts: Pick<StepFacts, "lead" | "workspace">): ComposedStep {
  const values = templateValuesOf(facts);
  const subject = step.channel === "email" ? composeSubject(step.subject, values) : null;
  if (subject?.kind === "missing") return subject;
  if (!isSendChannel(step.channel) && isBlank(step.messageTemplate)) {
    return { kind: "composed", subject: null, body: null };
  }
  const body = fillTemplate(step.messageTemplate, values);
  return body.kind === "missing" ? body : { kind: "composed", subject: subject?.text ?? null, body: body.text };
}

/** Everything that a template may name, for one lead. */
export function templateValuesOf({ lead, workspace }: Pick<StepFacts, "lead" | "workspace">): TemplateValues {
  const { firstName, lastName, email, phone } = lead;
  const names = [firstName, lastName].flatMap((name) => name?.trim() || []);
  const fullName = names.length > 0 ? names.join(" ") : null;
  return { firstName, lastName, fullName, email, phone, workspaceName: workspace.name } satisfies Record<
    Placeholder,
    string | null
  >;
}

function composeSubject(subject: string | null, values: TemplateValues) {
  if (isBlank(subject)) return { kind: "missing", name: "subject" } as const;
  const filled = fillTemplate(subject ?? "", values);
  const isItself = filled.kind === "missing" && filled.name === "messageTemplate";
  return isItself ? ({ kind: "missing", name: "subject" } as const) : filled;
}
