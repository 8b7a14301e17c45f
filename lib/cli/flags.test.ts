import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  dateFlag,
  describeFlags,
  integerFlag,
  parseFlags,
  switchFlag,
  textFlag,
  textFlagOr,
  UsageError,
} from "./flags";

const FLAGS = {
  apply: switchFlag("write"),
  clientId: textFlag("ID", "one workspace"),
  "state-file": textFlagOr("PATH", "./state.json", "where"),
  "page-size": integerFlag({ min: 1, max: 1000, byDefault: 100 }, "leads per page"),
  "max-leads": integerFlag({ min: 1, max: 1e9, byDefault: null }, "at most"),
  "checked-before": dateFlag("before"),
};

const DEFAULTS = {
  apply: false,
  clientId: null,
  "state-file": "./state.json",
  "page-size": 100,
  "max-leads": null,
  "checked-before": null,
};

describe("a command line", () => {
  it.each([
    [[], {}],
    [["--apply"], { apply: true }],
    [["--clientId", "one"], { clientId: "one" }],
    [["--clientId=one"], { clientId: "one" }],
    [["--page-size", "1"], { "page-size": 1 }],
    [["--page-size=1000"], { "page-size": 1000 }],
    [["--max-leads", "007"], { "max-leads": 7 }],
    [["--checked-before", "2030-03-12"], { "checked-before": new Date("2030-03-12T00:00:00Z") }],
    [["--checked-before", "2030-03-12T15:00:00+02:00"], { "checked-before": new Date("2030-03-12T13:00:00Z") }],
  ])("%j is read as it says, the rest by default", (argv, given) => {
    expect(parseFlags(FLAGS, argv)).toEqual({ ...DEFAULTS, ...given });
  });

  it.each([
    [["--aply"], "aply"],
    [["apply"], "apply"],
    [["-a"], "-a"],
    [["--apply=true"], "apply"],
    [["--apply", "--apply"], "more than once"],
    [["--clientId"], "clientId"],
    [["--clientId", ""], "is empty"],
    [["--clientId", " "], "is empty"],
    [["--page-size", "0"], "from 1 to 1000"],
    [["--page-size", "1001"], "from 1 to 1000"],
    [["--page-size", "1e2"], "from 1 to 1000"],
    [["--page-size", "0x10"], "from 1 to 1000"],
    [["--page-size", "1.5"], "from 1 to 1000"],
    [["--page-size=-5"], "from 1 to 1000"],
    [["--max-leads", "NaN"], "whole number"],
    [["--checked-before", "12/03/2030"], "must be a date"],
    [["--checked-before", "2030-13-01"], "must be a date"],
    [["--checked-before", "2030-03-12T15:00:00"], "must be a date"],
  ])("%j is a usage error that says why", (argv, words) => {
    expect(() => parseFlags(FLAGS, argv)).toThrow(UsageError);
    expect(() => parseFlags(FLAGS, argv)).toThrow(words);
  });

  it("of any words at all is read or is a usage error, and writes only where it says so", () => {
    const words = fc.oneof(
      fc.constantFrom(...Object.keys(FLAGS).map((name) => `--${name}`), "--", "1", "-"),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 6 }), (argv) => {
        try {
          expect(parseFlags(FLAGS, argv).apply).toBe(argv.includes("--apply"));
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the help", () => {
  it("names every flag with what it takes, its range and its default", () => {
    const help = describeFlags("npx tsx scripts/x.ts", "Does it.", FLAGS);
    expect(help).toContain("Usage: npx tsx scripts/x.ts [flags]");
    expect(help).toContain("--page-size N");
    expect(help).toContain("leads per page (1–1000, default 100)");
    expect(help).toContain("--state-file PATH");
    for (const name of Object.keys(FLAGS)) expect(help).toContain(`--${name}`);
  });
});
