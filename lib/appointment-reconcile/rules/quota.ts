/** Why a lead is due. Hot first, then booked, then warm. */
export type Tier = "hot" | "booked" | "warm";

export interface DueLead {
  id: string;
  tier: Tier;
}

/** Hot and booked leads together take at most this share of a quota while warm ones wait, or warm ones would starve. */
const URGENT_SHARE = 0.8;

/**
 * Fills a workspace's quota from its due leads, each list already in its own order.
 *
 * Hot and booked leads take at most 80 % of it (rounded down, at least one) while warm ones wait; what one side leaves
 * goes to the other. Nothing is taken twice.
 */
export function fillQuota(due: readonly DueLead[], quota: number): DueLead[] {
  const urgent = [...due.filter((lead) => lead.tier === "hot"), ...due.filter((lead) => lead.tier === "booked")];
  const urgentOnce = dropRepeated(urgent);
  const urgentIds = new Set(urgentOnce.map((lead) => lead.id));
  const warm = dropRepeated(due.filter((lead) => lead.tier === "warm")).filter((lead) => !urgentIds.has(lead.id));
  const urgentShare = Math.max(1, Math.floor(quota * URGENT_SHARE));
  const urgentMax = Math.max(urgentShare, quota - warm.length);
  const taken = urgentOnce.slice(0, Math.min(urgentMax, quota));
  return [...taken, ...warm.slice(0, quota - taken.length)];
}

function dropRepeated(leads: readonly DueLead[]): DueLead[] {
  const seen = new Set<string>();
  return leads.filter((lead) => !seen.has(lead.id) && seen.add(lead.id));
}
