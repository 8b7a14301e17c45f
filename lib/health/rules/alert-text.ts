import { scrub } from "@/lib/core/scrub";

/** A change of an alarm, to be told. */
export interface AlertToTell {
  kind: string;
  state: string;
  summary: string;
}

/** So many of a kind are told one by one; of more, the rest is counted. */
const TOLD_OF_A_KIND_MAX = 5;

/**
 * One message for any number of changes, in the markup of Slack and of what understands it: first what fires, then what
 * is over. However many changes there are of one kind, they take a few lines. Nothing that looks like a person or a
 * secret comes through, whatever other programs put into the ids.
 */
export function composeAlert(alerts: readonly AlertToTell[]): string {
  const firing = alerts.filter(({ state }) => state === "firing");
  const over = alerts.filter(({ state }) => state !== "firing");
  const headline = [counted(firing.length, "alarm"), counted(over.length, "recovery", "recoveries")].filter(Boolean);
  const lines = [`Leadline: ${headline.join(", ")}`, ...linesOf(firing, "ALARM"), ...linesOf(over, "RECOVERED from")];
  return escapeMarkup(scrub(lines.join("\n")));
}

function linesOf(alerts: readonly AlertToTell[], label: string): string[] {
  const kinds = [...new Set(alerts.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => {
    const same = alerts.filter((alert) => alert.kind === kind);
    const told = same.slice(0, TOLD_OF_A_KIND_MAX).map(({ summary }) => `${label}: ${summary}`);
    const rest = same.length - told.length;
    return rest > 0 ? [...told, `${label}: and ${rest} more of the kind ${kind}.`] : told;
  });
}

function counted(number: number, one: string, many = `${one}s`): string {
  return number === 0 ? "" : `${number} ${number === 1 ? one : many}`;
}

/** The three characters that Slack reads as markup. */
function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
