import { fileURLToPath } from "node:url";

/**
 * Runs another of the project's scripts in this process, with the arguments that follow its name, and says at the end
 * on standard error how much memory the process had at its peak: `peak resident memory: N kB`.
 */
const [script = "", ...args] = process.argv.splice(2);
process.argv.push(...args);
process.on("exit", () => process.stderr.write(`peak resident memory: ${process.resourceUsage().maxRSS} kB\n`));
await import(fileURLToPath(new URL(`../../${script}`, import.meta.url)));
