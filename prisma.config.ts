import { defineConfig } from "prisma/config";

/**
 * `generate`, `validate` and `format` never start the native schema engine, yet the command line downloads it before
 * them. Naming any existing file as that engine skips the download, so that an install needs the npm registry alone.
 * Other commands are left as they are: `prisma migrate dev` works for whoever is online.
 */
const engineless = ["generate", "validate", "format"];
if (engineless.some((command) => process.argv.includes(command))) {
  process.env["PRISMA_SCHEMA_ENGINE_BINARY"] ??= process.execPath;
}

const url = process.env["DIRECT_URL"] || process.env["DATABASE_URL"];

export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  ...(url ? { datasource: { url } } : {}),
});
