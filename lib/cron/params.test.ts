import { describe, expect, it } from "vitest";
import { cronParams, integerParam, parseQuery } from "./params";

const SCHEMA = cronParams({ batchSize: integerParam(1, 500), staleDays: integerParam(0, 365) });

describe("a query", () => {
  it("may be empty: nothing is asked for, and it is no dry run", () => {
    expect(parse("")).toEqual({ ok: true, params: { dryRun: false } });
    expect(parse("?&&")).toEqual({ ok: true, params: { dryRun: false } });
  });

  it("may give every parameter", () => {
    expect(parse("?batchSize=500&staleDays=0&clientId=w-1&dryRun=true")).toEqual({
      ok: true,
      params: { batchSize: 500, staleDays: 0, clientId: "w-1", dryRun: true },
    });
  });
});

describe("a whole number", () => {
  it.each([
    ["1", 1],
    ["500", 500],
    ["007", 7],
  ])("may be %s", (given, expected) => {
    expect(parse(`?batchSize=${given}`)).toMatchObject({ params: { batchSize: expected } });
  });

  it.each([
    ...["0", "501", "-1", "+1", "1.0", "1e2", "0x10", "0b1", "1_0", "1,0", "NaN", "Infinity", "null", "true", "five"],
    ...["%205", "5%20", "5%0A", "5%00", "%D9%A3", "9".repeat(9), "9".repeat(10), "9".repeat(400)],
  ])("may not be %s", (given) => {
    expect(issuesOf(`?batchSize=${given}`)).toEqual([
      { path: "batchSize", message: "must be a whole number from 1 to 500" },
    ]);
  });
});

describe("a flag", () => {
  it.each([
    ["true", true],
    ["1", true],
    ["false", false],
    ["0", false],
  ])("may be %s", (given, expected) => {
    expect(parse(`?dryRun=${given}`)).toMatchObject({ params: { dryRun: expected } });
  });

  it.each(["TRUE", "True", "yes", "no", "on", "t", "2", "-1", "01", "null", "%20true", "true%0A"])(
    "may not be %s",
    (given) => {
      expect(issuesOf(`?dryRun=${given}`)).toEqual([{ path: "dryRun", message: "must be true, false, 1 or 0" }]);
    },
  );
});

describe("a workspace's id", () => {
  it.each(["0b1c2d3e-4f5a-4b6c-8d7e-8f9a0b1c2d3e", "w1", "a".repeat(200), "%27%3B--", "__proto__"])(
    "may be anything printable: %s",
    (given) => {
      expect(parse(`?clientId=${given}`)).toMatchObject({ params: { clientId: decodeURIComponent(given) } });
    },
  );

  it.each(["a%00b", "%00", "a%0Ab", "a%0A", "%20", "a+b", "%F0%9F%90%9F", "%C3%BC", "a".repeat(201)])(
    "may not be %s",
    (given) => {
      expect(issuesOf(`?clientId=${given}`)).toMatchObject([{ path: "clientId" }]);
    },
  );
});

describe("a parameter", () => {
  it.each([
    ...["dryrun", "dry_run", "DRYRUN", "dryRun%20", "limit", "batchsize", "clientid", "job"],
    ...["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "dryRun[]", "params.dryRun"],
  ])("named %s does not exist", (name) => {
    expect(issuesOf(`?${name}=true`)).toEqual([
      { path: decodeURIComponent(name), message: "is not a parameter of this job" },
    ]);
  });

  it("may not be without a name", () => {
    expect(issuesOf("?=true")).toEqual([{ path: "", message: "is not a parameter of this job" }]);
  });

  it.each(["dryRun", "batchSize", "clientId", "unheard"])("may not be empty: %s", (name) => {
    for (const query of [`?${name}`, `?${name}=`]) {
      expect(issuesOf(query)).toEqual([{ path: name, message: expect.stringContaining("is empty") }]);
    }
  });

  it.each(["dryRun=true&dryRun=true", "dryRun=true&dryRun=false", "dryRun=true&dryRun=", "batchSize=1&batchSize=2"])(
    "may not be given twice: %s",
    (query) => {
      const name = query.split("=")[0];
      expect(issuesOf(`?${query}`)).toEqual([{ path: name, message: "is given more than once" }]);
    },
  );

  it("is not the only one that is told what is wrong with it", () => {
    const paths = issuesOf("?batchSize=0&staleDays=366&dryrun=1&clientId=%00").map(({ path }) => path);
    expect(paths.toSorted()).toEqual(["batchSize", "clientId", "dryrun", "staleDays"]);
  });

  it("does not change what objects are", () => {
    parse("?__proto__=polluted&constructor=polluted");
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    expect(Object.prototype.constructor).toBe(Object);
  });
});

function parse(query: string) {
  return parseQuery(new URL(`http://localhost/api/cron/job${query}`).searchParams, SCHEMA);
}

function issuesOf(query: string) {
  const parsed = parse(query);
  if (parsed.ok) throw new Error(`${query} was accepted`);
  return parsed.issues;
}
