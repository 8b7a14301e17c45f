import { describe, expect, it } from "vitest";
import { parseExposition } from "../testing/parse-exposition";
import { type MetricFamily, toExposition } from "./exposition";

const family = (name: string, samples: MetricFamily["samples"], help = "Help."): MetricFamily => ({
  ...{ name, help, type: "gauge", samples },
});

describe("the exposition", () => {
  it("has each family together, under its help and its type", () => {
    const text = toExposition([
      family("a_seconds", [
        { labels: { job: "x" }, value: 1.5 },
        { labels: { job: "y" }, value: -2 },
      ]),
      family("b", [{ labels: {}, value: 1e21 }]),
    ]);
    expect(text).toBe(
      [
        ...["# HELP a_seconds Help.", "# TYPE a_seconds gauge", `a_seconds{job="x"} 1.5`, `a_seconds{job="y"} -2`],
        ...["# HELP b Help.", "# TYPE b gauge", "b 1e+21", ""],
      ].join("\n"),
    );
  });

  it.each(["plain", `"quoted"`, "back\\slash", "two\nlines", `\\"`, "\\n", "ünïcode"])(
    "says %j as a label and as help so that a parser reads it again",
    (text) => {
      const parsed = parseExposition(toExposition([family("a", [{ labels: { l: text, m: text }, value: 0 }], text)]));
      expect(parsed).toEqual([
        { name: "a", help: text, type: "gauge", samples: [{ labels: { l: text, m: text }, value: 0 }] },
      ]);
    },
  );

  it.each([
    [Number.POSITIVE_INFINITY, "+Inf"],
    [Number.NEGATIVE_INFINITY, "-Inf"],
    [Number.NaN, "NaN"],
  ])("writes %d as %s", (value, text) => {
    expect(toExposition([family("a", [{ labels: {}, value }])])).toContain(`\na ${text}\n`);
  });

  it("leaves out a family without samples", () => {
    expect(toExposition([family("a", [])])).toBe("");
  });
});

describe("the parser of these tests refuses", () => {
  it.each([
    ["a text without a line end at its end", "# HELP a A.\n# TYPE a gauge\na 1"],
    ["a sample without a type", "a 1\n"],
    ["a type after its samples", "# HELP a A.\na 1\n# TYPE a gauge\n"],
    ["a family in two places", "# HELP a A.\n# TYPE a gauge\na 1\n# HELP b B.\n# TYPE b gauge\nb 1\na 2\n"],
    ["help given twice", "# HELP a A.\n# HELP a A.\n# TYPE a gauge\na 1\n"],
    ["the same sample twice", `# HELP a A.\n# TYPE a gauge\na{l="x"} 1\na{l="x"} 2\n`],
    ["a label twice", `# HELP a A.\n# TYPE a gauge\na{l="x",l="y"} 1\n`],
    ["a name that is none", "# HELP a-b A.\n# TYPE a-b gauge\na-b 1\n"],
    ["a label that is none", `# HELP a A.\n# TYPE a gauge\na{l-m="x"} 1\n`],
    ["a label of Prometheus's own", `# HELP a A.\n# TYPE a gauge\na{__l="x"} 1\n`],
    ["an unknown type", "# HELP a A.\n# TYPE a thing\na 1\n"],
    ["a value that is none", "# HELP a A.\n# TYPE a gauge\na one\n"],
    ["an escape that is none", `# HELP a A.\n# TYPE a gauge\na{l="\\t"} 1\n`],
    ["a counter not named as one", "# HELP a A.\n# TYPE a counter\na 1\n"],
    ["a gauge named like a counter", "# HELP a_total A.\n# TYPE a_total gauge\na_total 1\n"],
  ])("%s", (_, text) => {
    expect(() => parseExposition(text)).toThrow();
  });
});
