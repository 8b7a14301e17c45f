import { describe, expect, it } from "vitest";
import { readSection } from "../documents/sections";
import { PARTS } from "./parts";
import { readResults, TELLINGS } from "./publish";

describe("what the documents say of the benchmarks", () => {
  it.each(TELLINGS)("is what was measured ($section.document)", async ({ section, tell }) => {
    expect(await readSection(section)).toBe(tell(await readResults(Object.keys(PARTS))).trim());
  });

  it("is of every part", async () => {
    expect(await readResults(Object.keys(PARTS))).toHaveLength(Object.keys(PARTS).length);
  });
});
