import type { SequenceStep, StepFacts } from "./facts";
import { isBlank, isSendChannel } from "./reach";
import { fillTemplate, type Placeholder } from "./template";

/** A step's words, ready to be used, or what they lack. */
export type Composed<Body> =
  | { kind: "composed"; subject: string | null; body: Body }
  /** The first value that the texts lack, or the text itself: `subject`, `messageTemplate`. */
  | { kind: "missing"; name: string };

/** A step's own words for one lead: its subject (of e-mails alone, where none would be a hole) and its body. */
export function composeMessage(step: SequenceStep, facts: Pick<StepFacts, "lead" | "workspace">): Composed<string> {
  const values = templateValuesOf(facts);
  const subject = step.channel === "email" ? composeSubject(step.subject, values) : null;
  if (subject?.kind === "missing") return subject;
  const body = fillTemplate(step.messageTemplate, values);
  return body.kind === "missing" ? body : { kind: "composed", subject: subject?.text ?? null, body: body.text };
}

/** What to suggest to somebody who does the step. A call, or a word on LinkedIn, may do without: then its body is null. */
export function composeSuggestion(
  step: SequenceStep,
  facts: Pick<StepFacts, "lead" | "workspace">,
): Composed<string | null> {
  const isWordless = !isSendChannel(step.channel) && isBlank(step.messageTemplate);
  return isWordless ? { kind: "composed", subject: null, body: null } : composeMessage(step, facts);
}

/** Everything that a template may name, for one lead. */
export function templateValuesOf({
  lead,
  workspace,
}: Pick<StepFacts, "lead" | "workspace">): Record<Placeholder, string | null> {
  const { firstName, lastName, email, phone } = lead;
  const names = [firstName, lastName].flatMap((name) => name?.trim() || []);
  const fullName = names.length > 0 ? names.join(" ") : null;
  return { firstName, lastName, fullName, email, phone, workspaceName: workspace.name };
}

function composeSubject(subject: string | null, values: Record<Placeholder, string | null>) {
  if (isBlank(subject)) return { kind: "missing", name: "subject" } as const;
  const filled = fillTemplate(subject ?? "", values);
  const isItself = filled.kind === "missing" && filled.name === "messageTemplate";
  return isItself ? ({ kind: "missing", name: "subject" } as const) : filled;
}
