/**
 * `npm run dev`: the whole system on this machine, kept running. People at the sandbox's providers live on without a
 * webhook getting through, and the crons tick on the schedule of vercel.json.
 */
import { runCommand } from "./environment/command";
import { keepRunning } from "./environment/keep-running";

const print = (line = "") => void process.stdout.write(`${line}\n`);

await runCommand((teardown) => keepRunning(teardown, print));
