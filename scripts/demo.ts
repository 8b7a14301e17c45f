/**
 * `npm run demo`: the main job once, with no configuration. Exits 0 only if everything that is true is on record, and
 * nothing else.
 */
import { paintFor } from "./demo/report";
import { tellStory } from "./demo/story";
import { runCommand } from "./environment/command";

const print = (line = "") => void process.stdout.write(`${line}\n`);

await runCommand((teardown) => tellStory(teardown, { print, paint: paintFor(process.stdout) }));
