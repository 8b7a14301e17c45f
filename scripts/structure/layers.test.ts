import { describe, expect, it } from "vitest";
import { findForbiddenImports, mayTouchPrisma } from "./layers";
import { importsOf, isTestFile, readProjectFile, readSourceFiles } from "./source-files";

const beside = ["instrumentation.ts", "proxy.ts"].map(readProjectFile);
const everything = [...readSourceFiles(["app", "lib", "scripts"]), ...beside];
const files = everything.filter((file) => !isTestFile(file));
const inLib = files.filter((file) => file.path.startsWith("lib/"));

describe("the files of this project", () => {
  it("import only what is below them", () => {
    expect(files.length).toBeGreaterThan(50);
    expect(findForbiddenImports(files)).toEqual([]);
  });

  it("read the environment in one place of lib, the runtime", () => {
    const reading = inLib.filter(({ text }) => /\bprocess\.env\b|\benv\b.*\bfrom "(node:)?process"/.test(text));
    expect(reading.map((file) => file.path)).toEqual(["lib/runtime.ts"]);
  });

  it("send their statements from stores, lib/db and the run record alone", () => {
    const statement =
      /\b(db|tx)\.(\$(queryRaw|executeRaw)|[a-z]\w+\.(find|create|update|delete|upsert|count|aggregate|groupBy))/;
    const sending = inLib.filter(({ path, text }) => statement.test(text) && !mayTouchPrisma(path));
    expect(sending.map((file) => file.path)).toEqual([]);
  });
});

describe("the rules see it when", () => {
  it.each([
    ["the core uses the database", "lib/core/time.ts", `import { createDb } from "@/lib/db/client";`],
    ["the database uses a feature", "lib/db/lease.ts", `import { run } from "../followups/runner";`],
    ["a feature uses the runtime", "lib/followups/engine.ts", `import { getRuntime } from "@/lib/runtime";`],
    ["a feature reads the environment's types", "lib/followups/deps.ts", `import type { Env } from "../env";`],
    ["a feature uses another", "lib/followups/rules.ts", `import { decide } from "@/lib/response-timing/rules";`],
    ["a feature uses a type of another", "lib/followups/a.ts", `import type { B } from "../response-timing/b";`],
    ["a feature uses a door", "lib/followups/engine.ts", `import { defineCron } from "@/lib/cron/define-cron";`],
    ["a feature uses a provider", "lib/followups/engine.ts", `import { ghl } from "@/lib/providers/ghl/api";`],
    ["a folder that nobody has heard of uses a door", "lib/novelty/a.ts", `import { a } from "@/lib/cli/flags";`],
    ["a provider runs a port", "lib/providers/a.ts", `import { a } from "@/lib/appointment-reconcile/source";`],
    ["a provider knows more than ports", "lib/providers/a.ts", `import type { A } from "@/lib/followups/rules";`],
    ["a messenger runs a feature", "lib/notify/a.ts", `import { a } from "@/lib/health/messenger";`],
    ["a messenger knows more than ports", "lib/notify/a.ts", `import type { A } from "@/lib/health/deps";`],
    ["a messenger uses the database", "lib/notify/a.ts", `import { createDb } from "@/lib/db/client";`],
    ["a feature uses a messenger", "lib/health/a.ts", `import { deliver } from "@/lib/notify/deliver";`],
    ["a door uses a messenger", "lib/cron/a.ts", `import { deliver } from "@/lib/notify/deliver";`],
    ["a provider uses a door", "lib/providers/a.ts", `import { answers } from "@/lib/cron/answers";`],
    ["the runtime uses a door", "lib/runtime.ts", `import { answers } from "./cron/answers";`],
    ["a rule touches Prisma", "lib/followups/rules.ts", `import { Prisma } from "@/prisma/generated/client";`],
    ["a door touches Prisma", "lib/cron/answers.ts", `import { Prisma } from "@/prisma/generated/client";`],
    ["lib uses the framework", "lib/cron/answers.ts", `import { NextResponse } from "next/server";`],
    ["lib uses the app", "lib/core/log.ts", `import { Page } from "@/app/page";`],
    ["lib uses a script", "lib/core/log.ts", `import { a } from "../../scripts/sandbox/maps";`],
    ["the app uses a provider", "app/page.tsx", `import { ghl } from "@/lib/providers/ghl/api";`],
    ["the app uses a script", "app/page.tsx", `import { startSandbox } from "@/scripts/sandbox/sandbox";`],
    ["a script uses the app", "scripts/demo.ts", `import { GET } from "@/app/api/cron/followups/route";`],
    ["the app uses what is for tests", "app/page.tsx", `import { a } from "@/lib/cron/testing/door";`],
    ["an import hides in a call", "lib/core/log.ts", `  const { createDb } = await import("@/lib/db/client");`],
    ["an import hides in an export", "lib/core/log.ts", `export * from "../db/client";`],
    ["an import has no names", "lib/core/log.ts", `import "../db/client";`],
    ["an import has many lines", "lib/core/log.ts", `import {\n  createDb,\n  type Db,\n} from "@/lib/db/client";`],
  ])("%s", (_, path, text) => {
    expect(findForbiddenImports([{ path, text }])).toHaveLength(1);
  });

  it.each([
    ["a store touches Prisma", "lib/followups/store.ts", `import { Prisma } from "@/prisma/generated/client";`],
    ["a file of a store does", "lib/followups/store/claim.ts", `import { Prisma } from "@/prisma/generated/client";`],
    [
      "a provider implements a port",
      "lib/providers/a.ts",
      `import type { A } from "@/lib/appointment-reconcile/source";`,
    ],
    ["a messenger implements a port", "lib/notify/a.ts", `import type { A } from "@/lib/health/messenger";`],
    ["a route opens a door for a feature", "app/api/a/route.ts", `import { run } from "@/lib/followups/runner";`],
    ["a feature uses its own files", "lib/followups/a.ts", `import { b } from "./rules/b";`],
    ["a package is used", "lib/core/log.ts", `import pino from "pino";`],
  ])("and say nothing when %s", (_, path, text) => {
    expect(findForbiddenImports([{ path, text }])).toEqual([]);
  });

  it("knows types from what is left of them when the program runs", () => {
    const typesOf = (text: string) => importsOf({ path: "lib/a.ts", text }).map(({ typeOnly }) => typeOnly);
    expect(typesOf(`import type { A } from "./a";`)).toEqual([true]);
    expect(typesOf(`import { type A, b } from "./a";`)).toEqual([false]);
  });

  it("finds as many imports as there are", () => {
    const invented = { path: "lib/a.ts", text: `import a from "a";\nimport b from "b";\n\nconst c = "from";\n` };
    expect(importsOf(invented).map(({ target }) => target)).toEqual(["a", "b"]);
    const overlooked = files.filter((file) => importsOf(file).length < (file.text.match(/^import\b/gm)?.length ?? 0));
    expect(overlooked.map(({ path }) => path)).toEqual([]);
  });
});
