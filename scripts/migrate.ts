/**
 * `npm run db:deploy`: applies prisma/migrations to DIRECT_URL, else DATABASE_URL. `--diff` prints the SQL of the
 * migration that schema.prisma still lacks.
 */
import { runMigrateCommand } from "./postgres/migrate-command";

process.exitCode = await runMigrateCommand(process.argv.slice(2), {
  env: process.env,
  print: (line) => process.stdout.write(`${line}\n`),
  complain: (line) => process.stderr.write(`${line}\n`),
});
