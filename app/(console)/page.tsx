import { PageHeader } from "@/app/_components/card";
import { Live } from "@/app/_components/live";
import { requireOperator } from "@/app/_session/operator";
import { AlarmsCard } from "./_overview/alarms-card";
import { CircuitsCard } from "./_overview/circuits-card";
import { JobCard } from "./_overview/job-card";
import { readOverview } from "./_overview/read-overview";

export const metadata = { title: "Overview" };

export default async function OverviewPage() {
  const runtime = await requireOperator();
  const now = runtime.clock.now();
  const { jobs, circuits, alarms } = await readOverview(runtime);
  return (
    <>
      <PageHeader title="Overview" aside={<Live />}>
        Whether the crons do their work, and for whom they cannot.
      </PageHeader>
      {/* What is wrong comes before everything else; that nothing is can wait. */}
      {alarms.length > 0 && <AlarmsCard alarms={alarms} now={now} />}
      <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
        {jobs.map((job) => (
          <JobCard key={job.job} job={job} now={now} />
        ))}
      </div>
      {alarms.length === 0 && <AlarmsCard alarms={alarms} now={now} />}
      <CircuitsCard circuits={circuits} now={now} />
    </>
  );
}
