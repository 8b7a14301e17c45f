import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const PROJECT_FOLDER = fileURLToPath(new URL("../../..", import.meta.url));

/** What a program of the project needs to run. */
const COPIED = ["app", "lib", "prisma", "scripts", "package.json", "tsconfig.json", "vercel.json"];

/** One place of one file, and what stands there instead. */
export interface Patch {
  file: string;
  replace: string;
  by: string;
}

export interface PatchedCopy {
  folder: string;
  remove(): Promise<void>;
}

/** A copy of the project that differs in these places. Throws where a place is not there exactly once. */
export async function copyWith(patches: readonly Patch[]): Promise<PatchedCopy> {
  const folder = await mkdtemp(path.join(tmpdir(), "leadline-sabotage-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    for (const name of COPIED) await cp(path.join(PROJECT_FOLDER, name), path.join(folder, name), { recursive: true });
    await symlink(path.join(PROJECT_FOLDER, "node_modules"), path.join(folder, "node_modules"));
    for (const patch of patches) await apply(folder, patch);
  } catch (error) {
    await remove();
    throw error;
  }
  return { folder, remove };
}

async function apply(folder: string, { file, replace, by }: Patch): Promise<void> {
  const text = await readFile(path.join(folder, file), "utf8");
  const places = text.split(replace).length - 1;
  if (places !== 1) throw new Error(`${file} has ${places} places that read ${JSON.stringify(replace)}, not one`);
  await writeFile(
    path.join(folder, file),
    text.replace(replace, () => by),
  );
}
