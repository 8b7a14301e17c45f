import type { Db } from "@/lib/db/client";
import type { Sandbox } from "../../sandbox/sandbox";
import { formatTable } from "../table";
import type { Part, Stage } from "./stage";
import { type Delivery, witness } from "./witnessed";

/** A line per plot and place: who was written to over what, how their sequences stand, and why some got less. */
export async function formatPlots(stage: Stage, sandbox: Sandbox, db: Db): Promise<string[]> {
  const { deliveries, stored } = await witness(stage, sandbox, db);
  const rows = groupByPlot(stage.parts).map((parts) => {
    const ids = new Set(parts.map(({ actor }) => actor.lead.id));
    const got = deliveries.filter(({ leadId }) => leadId !== null && ids.has(leadId));
    const leads = stored.filter(({ id }) => ids.has(id));
    const sequences = leads.flatMap(({ followUpInstances }) => followUpInstances);
    const because = parts[0]?.plot.because ?? "";
    return [
      parts[0]?.plot.name ?? "",
      parts.length,
      got.length,
      describeChannels(got),
      leads.flatMap(({ followUpTasks }) => followUpTasks).length,
      [...new Set(sequences.map((one) => one.completedReason ?? one.pausedReason ?? one.status))].join(", "),
      because,
    ];
  });
  return formatTable(["plot", "leads", "got", "over", "tasks", "sequence", "got less because"], rows);
}

function groupByPlot(parts: readonly Part[]): Part[][] {
  const groups = new Map<Part["plot"], Part[]>();
  for (const part of parts) groups.set(part.plot, [...(groups.get(part.plot) ?? []), part]);
  return [...groups.values()];
}

/** Only WhatsApp has two providers to go through. */
function describeChannels(deliveries: readonly Delivery[]): string {
  const ways = deliveries.map(({ channel, through }) => (channel === "whatsapp" ? `WhatsApp by ${through}` : channel));
  return [...new Set(ways)].join(", ");
}
