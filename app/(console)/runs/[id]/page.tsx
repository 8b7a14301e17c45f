import { notFound } from "next/navigation";
import { Card, Empty, Facts, PageHeader } from "@/app/_components/card";
import { Instant } from "@/app/_components/instant";
import { RunStatus } from "@/app/_components/run-badges";
import { TextLink } from "@/app/_components/text-link";
import { requireOperator } from "@/app/_session/operator";
import { readRunFigures } from "@/lib/console/rules/run-result";
import { capitalize, describeMs, toWords } from "@/lib/console/rules/words";
import { readRun } from "@/lib/console/store/runs";
import { RunChanges } from "./run-changes";

export const metadata = { title: "Run" };
/** Applying a dry run is a run itself: the platform's limit on it, in seconds. */
export const maxDuration = 60;

export default async function RunPage({ params }: { params: Promise<{ id: string }> }) {
  const { db } = await requireOperator();
  const run = await readRun(db, (await params).id);
  if (run === null) notFound();
  const { figures, failures, stepErrors, scope } = readRunFigures(run.result);
  return (
    <>
      <PageHeader title={`${run.job}, ${run.dryRun ? "dry run" : "run"}`}>
        {run.dryRun
          ? "It asked the providers, worked out every change and wrote none of them."
          : "What it did is on record."}
      </PageHeader>
      <Card title="How it went" aside={<RunStatus status={run.status} dryRun={run.dryRun} />}>
        <Facts
          items={{
            Started: <Instant at={run.startedAt.toISOString()} />,
            Ended: run.finishedAt ? <Instant at={run.finishedAt.toISOString()} /> : "not yet",
            Took: run.durationMs === null ? "–" : describeMs(run.durationMs),
            "Called by": run.trigger,
            Id: <code className="text-sm">{run.id}</code>,
          }}
        />
        {run.status === "skipped" && (
          <p className="mt-4">Another run had the work: nothing was done, and nothing is missing.</p>
        )}
        {run.error !== null && <p className="mt-4 rounded bg-bad-ground px-3 py-2 text-bad">{run.error}</p>}
      </Card>
      {scope !== null && (
        <RunChanges runId={run.id} dryRun={run.dryRun} ended={run.status !== "running"} scope={scope} />
      )}
      <Card title="Figures">
        {figures.length === 0 ? (
          <Empty>This run left no figures.</Empty>
        ) : (
          <Facts items={Object.fromEntries(figures.map(([name, value]) => [capitalize(toWords(name)), value]))} />
        )}
      </Card>
      {failures.length + stepErrors.length > 0 && (
        <Card title="Errors by kind">
          <ul className="grid gap-3">
            {failures.map(({ kind, count, leadIds }) => (
              <li key={kind}>
                <p className="font-medium">
                  {toWords(kind)}: {count}
                </p>
                <ul className="flex flex-wrap gap-x-4">
                  {leadIds.map((id) => (
                    <li key={id}>
                      <TextLink href={`/leads/${encodeURIComponent(id)}`}>lead {id.slice(0, 8)}</TextLink>
                    </li>
                  ))}
                </ul>
              </li>
            ))}
            {stepErrors.map(({ step, message }) => (
              <li key={step}>
                <p className="font-medium">{step}</p>
                <p className="text-muted">{message}</p>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}
