import { request } from "node:http";
import type { HostileRequest } from "./hostile-requests";
import type { CronJob } from "./jobs";
import type { SiegeAnswer } from "./siege";

/** Sends a request as it is: without the care that `fetch` takes with headers and queries. */
export function sendOverHttp(
  serverUrl: string,
  job: CronJob,
  { method, headers, query, body }: HostileRequest,
): Promise<SiegeAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${serverUrl}${job.path}${query}`, { method }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, text }));
    });
    for (const [name, value] of headers) outgoing.setHeader(name, value);
    outgoing.once("error", reject);
    outgoing.end(body ?? undefined);
  });
}
