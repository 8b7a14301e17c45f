import { describe, expect, it } from "vitest";
import { importsOf, isTestFile, readSourceFiles, type SourceFile } from "./source-files";

const files = readSourceFiles(["app"]).filter((file) => !isTestFile(file));
const inConsole = files.filter(({ path }) => path.startsWith("app/(console)/"));
const pages = inConsole.filter(({ path }) => path.endsWith("/page.tsx"));
const actions = inConsole.filter(({ text }) => /^"use server";$/m.test(text));

describe("the console", () => {
  it("gets the runtime from the session alone, so that no page can forget to ask who is there", () => {
    const gettingItElsewhere = inConsole.filter((file) =>
      importsOf(file).some(({ target, typeOnly }) => target === "lib/runtime" && !typeOnly),
    );
    expect(gettingItElsewhere.map(({ path }) => path)).toEqual([]);
  });

  it.each(pages.map((page) => [page.path, page] as const))("asks before it shows %s", (_, page) => {
    expect(firstStatementOf(page, /^export default async function \w+\(.*$/m)).toContain("await requireOperator()");
  });

  it.each(actions.map((file) => [file.path, file] as const))("asks first in every action of %s", (_, file) => {
    const exported = file.text.match(/^export async function \w+/gm) ?? [];
    expect(exported.length).toBeGreaterThan(0);
    for (const name of exported) {
      const start = file.text.indexOf(name);
      const body = file.text.slice(start, file.text.indexOf("\n}\n", start));
      expect(body.split("\n")[1]).toContain("await requireOperator()");
    }
  });

  it("writes nothing to the browser's console", () => {
    expect(files.filter(({ text }) => /\bconsole\.\w+\(/.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it("marks up nothing by hand that a policy would have to allow", () => {
    const unsafe = files.filter(({ text }) => /dangerouslySetInnerHTML|\bstyle=\{|<style\b|<script\b/.test(text));
    expect(unsafe.map(({ path }) => path)).toEqual([]);
  });
});

function firstStatementOf({ text }: SourceFile, head: RegExp): string {
  const lines = text.slice(text.search(head)).split("\n");
  return lines[1] ?? "";
}
