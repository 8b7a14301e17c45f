import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DueLead, fillQuota, type Tier } from "./quota";

/** `hot 3` are the leads hot1, hot2 and hot3. */
function due(...counts: [Tier, number][]): DueLead[] {
  return counts.flatMap(([tier, count]) =>
    Array.from({ length: count }, (_, index): DueLead => ({ id: `${tier}${index + 1}`, tier })),
  );
}

function countTiers(leads: readonly DueLead[]): Record<Tier, number> {
  const count = (tier: Tier) => leads.filter((lead) => lead.tier === tier).length;
  return { hot: count("hot"), booked: count("booked"), warm: count("warm") };
}

describe("a quota", () => {
  it.each<[string, DueLead[], number, Record<Tier, number>]>([
    ["of 10 is shared 8 to 2", due(["hot", 20], ["warm", 20]), 10, { hot: 8, booked: 0, warm: 2 }],
    ["counts hot and booked together", due(["hot", 5], ["booked", 5], ["warm", 9]), 10, { hot: 5, booked: 3, warm: 2 }],
    ["rounds the share down", due(["hot", 9], ["warm", 9]), 9, { hot: 7, booked: 0, warm: 2 }],
    ["of 1 goes to the hot", due(["hot", 2], ["warm", 2]), 1, { hot: 1, booked: 0, warm: 0 }],
    ["of 2 is shared", due(["hot", 2], ["warm", 2]), 2, { hot: 1, booked: 0, warm: 1 }],
    ["is all hot while no warm ones wait", due(["hot", 20]), 10, { hot: 10, booked: 0, warm: 0 }],
    [
      "gives the warm ones no more room than they need",
      due(["hot", 20], ["warm", 1]),
      10,
      { hot: 9, booked: 0, warm: 1 },
    ],
    ["gives the warm ones what the others leave", due(["booked", 1], ["warm", 20]), 10, { hot: 0, booked: 1, warm: 9 }],
    [
      "takes all where there is room for all",
      due(["hot", 2], ["booked", 2], ["warm", 2]),
      10,
      { hot: 2, booked: 2, warm: 2 },
    ],
    ["of 0 takes nobody", due(["hot", 2], ["warm", 2]), 0, { hot: 0, booked: 0, warm: 0 }],
  ])("%s", (_, leads, quota, expected) => {
    expect(countTiers(fillQuota(leads, quota))).toEqual(expected);
  });

  it("takes hot first, then booked, then warm, each in the order given", () => {
    const mixed = [...due(["warm", 2]), ...due(["booked", 2]), ...due(["hot", 2])];
    expect(fillQuota(mixed, 6).map((lead) => lead.id)).toEqual([
      "hot1",
      "hot2",
      "booked1",
      "booked2",
      "warm1",
      "warm2",
    ]);
  });

  it("takes a lead that is hot and warm as hot", () => {
    const twice: DueLead[] = [...due(["warm", 1]), { id: "warm1", tier: "hot" }];
    expect(fillQuota(twice, 5)).toEqual([{ id: "warm1", tier: "hot" }]);
  });
});

describe("whatever is due", () => {
  const tier = fc.constantFrom<Tier>("hot", "booked", "warm");
  const lead = fc.record({ id: fc.integer({ min: 1, max: 25 }).map(String), tier });
  const leads = fc.array(lead, { maxLength: 40 });
  const quotas = fc.integer({ min: 0, max: 30 });
  const isUrgent = ({ tier }: DueLead) => tier !== "warm";

  it("the quota is kept, nobody is taken twice, and nothing is left idle while somebody waits", () => {
    fc.assert(
      fc.property(leads, quotas, (waiting, quota) => {
        const ids = fillQuota(waiting, quota).map((one) => one.id);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.length).toBe(Math.min(quota, new Set(waiting.map((one) => one.id)).size));
      }),
    );
  });

  it("hot and booked take at most 80 %, at least one, while a warm one waits", () => {
    fc.assert(
      fc.property(leads, quotas, (waiting, quota) => {
        const taken = fillQuota(waiting, quota);
        const urgentIds = new Set(waiting.filter(isUrgent).map((one) => one.id));
        const isLeftOut = ({ id }: DueLead) => !urgentIds.has(id) && !taken.some((one) => one.id === id);
        fc.pre(waiting.some(isLeftOut));
        expect(taken.filter(isUrgent).length).toBeLessThanOrEqual(Math.max(1, Math.floor(quota * 0.8)));
      }),
    );
  });

  it("a warm one waits only where 80 % went to others or the quota is full of warm ones", () => {
    fc.assert(
      fc.property(leads, quotas, (waiting, quota) => {
        const taken = fillQuota(waiting, quota);
        const urgentIds = new Set(waiting.filter(isUrgent).map((one) => one.id));
        const urgentWaits = [...urgentIds].some((id) => !taken.some((one) => one.id === id));
        fc.pre(urgentWaits);
        const share = Math.max(1, Math.floor(quota * 0.8));
        expect(taken.filter(isUrgent).length).toBeGreaterThanOrEqual(Math.min(quota, share));
      }),
    );
  });
});
