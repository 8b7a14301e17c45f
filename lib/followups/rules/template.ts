/** What a template may name, from what a lead and its workspace have. */
export type Placeholder = "firstName" | "lastName" | "fullName" | "email" | "phone" | "workspaceName";

/** The values of the placeholders; null where there is none. */
export type TemplateValues = Record<string, string | null>;

export type FilledTemplate =
  | { kind: "filled"; text: string }
  /** What stands between the template and a message: a placeholder's name, or `messageTemplate` for the template itself. */
  | { kind: "missing"; name: string };

const BRACES = /\{\{|\}\}/g;
/** From where it opens: a name in double braces, with blanks around it. */
const PLACEHOLDER = /\{\{\s*([\w.-]+(?: [\w.-]+)*)\s*\}\}/y;
/** A name longer than this is no name, and is not repeated in a reason. */
const NAME_LENGTH_MAX = 60;

/**
 * A template with its placeholders (`{{firstName}}`, `{{ lastName }}`) filled, or the first that cannot be: unknown,
 * without a value, or with a blank one. Nothing is ever sent with a hole.
 *
 * Values are put in as they are, once: braces in them mean nothing. An empty template is missing as `messageTemplate`,
 * and so is one with a `{{` or `}}` that belongs to no placeholder: somebody meant one there.
 */
export function fillTemplate(template: string, values: TemplateValues): FilledTemplate {
  if (template.trim() === "") return { kind: "missing", name: "messageTemplate" };
  let text = "";
  let rest = 0;
  for (let braces = findBraces(template, rest); braces !== -1; braces = findBraces(template, rest)) {
    const placeholder = placeholderAt(template, braces);
    if (placeholder === null) return { kind: "missing", name: "messageTemplate" };
    const value = readValue(placeholder.name, values);
    if (value === null) return { kind: "missing", name: placeholder.name };
    text += template.slice(rest, braces) + value;
    rest = placeholder.end;
  }
  return { kind: "filled", text: text + template.slice(rest) };
}

/** Where the next pair of braces stands, of either kind; -1 where none is left. */
function findBraces(template: string, from: number): number {
  BRACES.lastIndex = from;
  return BRACES.exec(template)?.index ?? -1;
}

function placeholderAt(template: string, at: number): { name: string; end: number } | null {
  PLACEHOLDER.lastIndex = at;
  const name = PLACEHOLDER.exec(template)?.[1];
  return name === undefined || name.length > NAME_LENGTH_MAX ? null : { name, end: PLACEHOLDER.lastIndex };
}

/** Only what was put there: every object also has a `constructor`. */
function readValue(name: string, values: TemplateValues): string | null {
  const value = Object.hasOwn(values, name) ? values[name] : null;
  return value === undefined || value === null || value.trim() === "" ? null : value;
}
