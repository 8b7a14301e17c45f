import { notFound } from "next/navigation";
import { Card, Empty, Facts, PageHeader } from "@/app/_components/card";
import { DataTable } from "@/app/_components/data-table";
import { Instant } from "@/app/_components/instant";
import { TextLink } from "@/app/_components/text-link";
import { requireOperator } from "@/app/_session/operator";
import { describeMs, toWords } from "@/lib/console/rules/words";
import { readTurn } from "@/lib/console/store/response-times";

export const metadata = { title: "Turn" };

export default async function TurnPage({ params }: { params: Promise<{ id: string }> }) {
  const { db } = await requireOperator();
  const turn = await readTurn(db, (await params).id);
  if (turn === null) notFound();
  const instant = (at: Date | null) => (at === null ? "–" : <Instant at={at.toISOString()} />);
  const seconds = (length: number | null) => (length === null ? "–" : describeMs(length * 1_000));
  const length = (ms: number | null) => (ms === null ? "–" : describeMs(ms));
  return (
    <>
      <PageHeader title={`A turn on ${turn.channel}`}>
        Written by <TextLink href={`/leads/${turn.leadId}`}>{turn.lead}</TextLink> of{" "}
        <TextLink href={`/workspaces/${turn.clientId}`}>{turn.workspace}</TextLink>
      </PageHeader>
      <Card title="How long it took">
        <Facts
          items={{
            "AI answered after": length(turn.aiMs),
            "People answered after": length(turn.setterMs),
            "People, in the same turn": turn.setterSameTurn === null ? "–" : turn.setterSameTurn ? "yes" : "no",
            "First to answer": turn.firstResponder ?? "nobody yet",
            "Messages of the lead in a row": turn.streakCount,
            "The first of them": instant(turn.streakStartedAt),
            Odd: turn.anomaly === null ? "no" : toWords(turn.anomaly),
          }}
        />
      </Card>
      <Card title="Where the AI’s delay went">
        <Facts
          items={{
            "It may be": `${seconds(turn.aiDelayMinSeconds)} to ${seconds(turn.aiDelayMaxSeconds)}`,
            Chosen: seconds(turn.aiChosenDelaySeconds),
            "In fact": seconds(turn.aiActualDelaySeconds),
            "Job due": instant(turn.aiScheduledRunAt),
            "Job begun": instant(turn.aiJobStartedAt),
            "Job over": instant(turn.aiJobFinishedAt),
          }}
        />
      </Card>
      <Card title="The messages" note="When they were sent and by whom, without a word of them.">
        {turn.messages.length === 0 ? (
          <Empty>The messages are gone.</Empty>
        ) : (
          <DataTable
            label="The messages"
            rows={turn.messages}
            keyOf={(row) => row.role}
            columns={[
              { name: "Which", heading: true, cell: (row) => row.role },
              { name: "Sent", sorted: "ascending", cell: (row) => <Instant at={row.sentAt} /> },
              { name: "Stored", cell: (row) => <Instant at={row.storedAt} /> },
              { name: "Direction", cell: (row) => row.direction },
              { name: "By", cell: (row) => row.sentBy ?? "–" },
              { name: "Kind", cell: (row) => row.kind ?? "–" },
            ]}
          />
        )}
      </Card>
    </>
  );
}
