import { writeSection } from "../documents/sections";
import { boundOf, type KeptVerdict, listTopics, readKept } from "./scoreboard";

/** Writes both tables of `docs/faults.md` afresh from the latest verdict on each scenario. */
const ABOUT: Record<string, string> = {
  kill: "kill -9 of crons and backfills at every named step, at random, and all at once",
  zombie: "SIGSTOP past the lease or past the news, then SIGCONT; processes held at the wrong moment",
  overlap: "50 calls at the same moment, ticks twice, ticks missing and a gap of six hours, old news",
  database: "PostgreSQL restarted, connections ended at random",
  provider: "failures of providers in every dose, and for good",
  "hostile-requests": "hostile requests to the handlers and over HTTP",
  "hostile-arguments": "command lines that may not write",
  fairness: "workspaces with very many leads beside small ones",
  sabotage: "guards taken away, each of them missed by the checker",
};

const topics = listTopics().map((topic) => ({ topic, verdicts: readKept(topic) }));
const order = Object.keys(ABOUT);
const inShort = topics
  .toSorted((a, b) => order.indexOf(a.topic) - order.indexOf(b.topic))
  .map(({ topic, verdicts }) => {
    const trials = sum(verdicts, (verdict) => verdict.trials).toLocaleString("en");
    const failures = sum(verdicts, ({ findings }) => findings.length);
    return `| ${ABOUT[topic] ?? topic} | ${trials} | ${failures} | ${daysOf(verdicts)} |`;
  });
const rows = topics.flatMap(({ verdicts }) => verdicts.map(describe));
await writeTable("scoreboard in short", "| thrown at it | trials | failures | on |", inShort);
await writeTable("scoreboard", "| what was done | trials | seed | failures | bound at 95 % | on |", rows);

function describe(verdict: KeptVerdict): string {
  const { scenario, trials, seed, findings, date } = verdict;
  return `| ${scenario} | ${trials} | ${seed} | ${findings.length} | ${boundOf(verdict)} | ${date} |`;
}

function sum(verdicts: readonly KeptVerdict[], count: (verdict: KeptVerdict) => number): number {
  return verdicts.reduce((total, verdict) => total + count(verdict), 0);
}

function daysOf(verdicts: readonly KeptVerdict[]): string {
  const days = verdicts.map(({ date }) => date).toSorted();
  const [first = "", last = ""] = [days[0], days.at(-1)];
  return first === last ? first : `${first} to ${last}`;
}

function writeTable(name: string, head: string, lines: readonly string[]): Promise<void> {
  const columns = head.split("|").length - 2;
  const rule = ["|---|", ..."---:|".repeat(columns - 1)].join("");
  return writeSection({ document: "docs/faults.md", name }, [head, rule, ...lines].join("\n"));
}
