/** A program that uses an embedded server and never ends by itself; its tests end it. It prints the server's URL. */
import { startEmbeddedPostgres } from "./embedded";

const server = await startEmbeddedPostgres();
process.stdout.write(`${server.url}\n`);
setInterval(() => undefined, 60_000);
