/** One family of a Prometheus text, as it was read. */
export interface ParsedFamily {
  name: string;
  help: string;
  type: string;
  samples: { labels: Record<string, string>; value: number }[];
}

/**
 * Reads Prometheus' text format 0.0.4 more strictly than Prometheus does: HELP, TYPE and samples of a family in this
 * order and in one place, no sample twice, names by the conventions. Throws on anything else.
 */
export function parseExposition(text: string): ParsedFamily[] {
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line does not end");
  const families: ParsedFamily[] = [];
  for (const line of text.split("\n").slice(0, -1)) readLine(line, families);
  return families;
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const HELP_LINE = new RegExp(`^# HELP (${NAME}) (.*)$`);
const TYPE_LINE = new RegExp(`^# TYPE (${NAME}) (counter|gauge)$`);
const SAMPLE_LINE = new RegExp(`^(${NAME})(?:\\{(.+)\\})? (\\+Inf|-Inf|NaN|-?\\d+(?:\\.\\d+)?(?:e[+-]\\d+)?)$`);
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(?:,|$)/;

function readLine(line: string, families: ParsedFamily[]): void {
  const current = families.at(-1);
  const help = HELP_LINE.exec(line);
  if (help) {
    const [, name = "", words = ""] = help;
    if (families.some((family) => family.name === name)) throw new Error(`${name} comes twice`);
    families.push({ name, help: withoutEscapes(words), type: "", samples: [] });
    return;
  }
  const type = TYPE_LINE.exec(line);
  if (type) {
    const [, name = "", word = ""] = type;
    if (current?.name !== name || current.type !== "" || current.samples.length > 0) throw new Error(`stray: ${line}`);
    if ((word === "counter") !== name.endsWith("_total")) throw new Error(`${name} is no name for a ${word}`);
    current.type = word;
    return;
  }
  const [, name, labels = "", value = ""] = SAMPLE_LINE.exec(line) ?? [];
  if (name === undefined) throw new Error(`not of the format: ${line}`);
  if (current?.name !== name || current.type === "") throw new Error(`stray: ${line}`);
  const sample = { labels: readLabels(labels), value: Number(value.replace("Inf", "Infinity")) };
  const isKnown = ({ labels: known }: { labels: object }) => JSON.stringify(known) === JSON.stringify(sample.labels);
  if (current.samples.some(isKnown)) throw new Error(`twice: ${line}`);
  current.samples.push(sample);
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let rest = text; rest !== ""; ) {
    const [whole = "", name = "", value = ""] = LABEL.exec(rest) ?? [];
    if (whole === "" || name in labels || name.startsWith("__")) throw new Error(`no labels: ${text}`);
    labels[name] = withoutEscapes(value);
    rest = rest.slice(whole.length);
  }
  return labels;
}

function withoutEscapes(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, letter: string) => (letter === "n" ? "\n" : letter));
}
