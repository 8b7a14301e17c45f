import { notFound } from "next/navigation";
import { Badge, type Tone } from "@/app/_components/badge";
import { Card, Empty, Facts, PageHeader } from "@/app/_components/card";
import { DataTable } from "@/app/_components/data-table";
import { Instant } from "@/app/_components/instant";
import { Pager } from "@/app/_components/pager";
import { type Query, readQuery } from "@/app/_components/query";
import { TextLink } from "@/app/_components/text-link";
import { requireOperator } from "@/app/_session/operator";
import { providerName, toWords } from "@/lib/console/rules/words";
import { readLead } from "@/lib/console/store/lead";
import { listTimeline, type TimelineKind } from "@/lib/console/store/timeline";
import { ReconcileButton } from "./reconcile-button";

export const metadata = { title: "Lead" };
/** A lead that is reconciled here has this long, in seconds. */
export const maxDuration = 60;

const TONES: Partial<Record<TimelineKind, Tone>> = { meeting: "good", task: "warn", timing: "accent" };

export default async function LeadPage(props: { params: Promise<{ id: string }>; searchParams: Query }) {
  const { db, clock } = await requireOperator();
  const { id } = await props.params;
  const query = await readQuery(props.searchParams, ["after"]);
  const [lead, timeline] = await Promise.all([readLead(db, id), listTimeline(db, id, query)]);
  if (lead === null) notFound();
  const now = clock.now().toISOString();
  const ago = (at: Date | null) => (at ? <Instant at={at.toISOString()} now={now} show="ago" /> : "never");
  return (
    <>
      <PageHeader title={lead.name} aside={<ReconcileButton leadId={lead.id} name={lead.name} />}>
        A lead of <TextLink href={`/workspaces/${lead.clientId}`}>{lead.workspace}</TextLink>
      </PageHeader>
      <Card title="How it stands" aside={<Badge tone="accent">{lead.status}</Badge>}>
        <Facts
          items={{
            "E-mail": lead.maskedEmail ?? "none",
            Phone: lead.maskedPhone ?? "none",
            Tag: lead.sentimentTag ?? "none",
            Meeting: lead.appointmentStatus === null ? "none on record" : toWords(lead.appointmentStatus),
            "It starts": lead.appointmentStartAt ? <Instant at={lead.appointmentStartAt.toISOString()} /> : "–",
            "Kept by": lead.appointmentProvider === null ? "–" : providerName(lead.appointmentProvider),
            "Last asked about": ago(lead.lastCheckedAt),
            "Failed checks in a row": lead.failures,
            "Waits until": lead.retryAt ? <Instant at={lead.retryAt.toISOString()} /> : "–",
            "Wrote last": ago(lead.lastInboundAt),
            "Was written to last": ago(lead.lastOutboundAt),
            "Follow-ups": lead.autoFollowUpEnabled ? "on" : "off",
            "Snoozed until": lead.snoozedUntil ? <Instant at={lead.snoozedUntil.toISOString()} /> : "–",
            Id: <code className="text-sm">{lead.id}</code>,
          }}
        />
      </Card>
      <Card
        title="What happened"
        note="Everything on record about this lead, newest first, without a word of what was written."
      >
        {timeline.rows.length === 0 ? (
          <Empty>Nothing has happened to this lead yet.</Empty>
        ) : (
          <DataTable
            label="What happened"
            rows={timeline.rows}
            keyOf={(row) => row.id}
            columns={[
              { name: "At", sorted: "descending", cell: (row) => <Instant at={row.at.toISOString()} /> },
              { name: "Kind", cell: (row) => <Badge tone={TONES[row.kind] ?? "neutral"}>{row.kind}</Badge> },
              { name: "What", heading: true, cell: (row) => row.what },
              { name: "Besides", prose: true, cell: (row) => row.detail },
              { name: "Meeting starts", cell: (row) => row.about && <Instant at={row.about.toISOString()} /> },
            ]}
          />
        )}
        <Pager path={`/leads/${id}`} query={query} next={timeline.next} />
      </Card>
    </>
  );
}
