import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export interface SourceFile {
  /** From the top of the project, with slashes. */
  path: string;
  text: string;
}

export interface Import {
  /** A file of the project from its top, without an extension; or a package, as it is written. */
  target: string;
  /** Nothing of it is left when the program runs. */
  typeOnly: boolean;
}

const PROJECT_FOLDER = fileURLToPath(new URL("../..", import.meta.url));

/** Every TypeScript file in these folders, in a fixed order. */
export function readSourceFiles(folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(PROJECT_FOLDER, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => path.posix.join(folder, name.replaceAll(path.sep, "/")))
      .toSorted()
      .map(readProjectFile),
  );
}

export function readProjectFile(name: string): SourceFile {
  return { path: name, text: readFileSync(path.join(PROJECT_FOLDER, name), "utf8") };
}

/** Tests and what only they use: they may look behind every door. */
export function isTestFile({ path }: SourceFile): boolean {
  return /\.(test|fixture)\.tsx?$|\/testing\//.test(path);
}

export function countLines({ text }: SourceFile): number {
  return text.replace(/\n$/, "").split("\n").length;
}

/** `import … from`, `import "…"` and `export … from`, as Biome lays them out. */
const STATEMENT = /^(?:import|export)\b(?<names>[^;"'`]*?)(?:\bfrom\s+)?"(?<target>[^"\n]+)";$/gm;
const DYNAMIC = /\bimport\("(?<target>[^"\n]+)"\)/g;

/** Everything that a file imports, statically or not. */
export function importsOf(file: SourceFile): Import[] {
  const found = [...file.text.matchAll(STATEMENT), ...file.text.matchAll(DYNAMIC)];
  return found.map(({ groups }) => ({
    target: resolve(file.path, groups?.["target"] ?? ""),
    typeOnly: /^\s*type\b/.test(groups?.["names"] ?? ""),
  }));
}

function resolve(from: string, specifier: string): string {
  const inProject = specifier.startsWith("@/") ? specifier.slice(2) : undefined;
  const relative = specifier.startsWith(".") ? path.posix.join(path.posix.dirname(from), specifier) : undefined;
  return (inProject ?? relative ?? specifier).replace(/\.tsx?$/, "");
}
