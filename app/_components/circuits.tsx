import { providerName } from "@/lib/console/rules/words";
import { Badge } from "./badge";

/** Whether a workspace's providers are asked at all: a circuit that opened keeps everybody from one. */
export function Circuits({ open }: { open: readonly string[] }) {
  if (open.length === 0) return <Badge tone="good">closed</Badge>;
  return <Badge tone="bad">open: {open.map(providerName).join(", ")}</Badge>;
}
