import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import writeFileAtomic from "write-file-atomic";

/** A part of a document that a program writes: what stands between `<!-- name -->` and `<!-- end of name -->`. */
export interface Section {
  /** From the project's folder. */
  document: string;
  name: string;
}

/** @throws when the document has no such section. */
export async function readSection(section: Section): Promise<string> {
  return (await splitAt(section)).content.trim();
}

/** Writes the section afresh, and leaves the rest of the document as it is. @throws when there is no such section. */
export async function writeSection(section: Section, content: string): Promise<void> {
  const { before, after } = await splitAt(section);
  await writeFileAtomic(fileOf(section), `${before}\n${content}\n${after}`);
}

async function splitAt(section: Section): Promise<{ before: string; content: string; after: string }> {
  const { name, document } = section;
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const text = await readFile(fileOf(section), "utf8");
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  if (from < begin.length || to < from) throw new Error(`${document} has no section between ${begin} and ${end}`);
  return { before: text.slice(0, from), content: text.slice(from, to), after: text.slice(to) };
}

function fileOf({ document }: Section): string {
  return fileURLToPath(new URL(`../../${document}`, import.meta.url));
}
