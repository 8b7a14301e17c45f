import { unlimited } from "@/lib/providers/limiter";
import { createRequester } from "@/lib/providers/request";

/** Posts once to the URL it is given, in a process that trusts whom its environment says, and prints the result. */
const [url = ""] = process.argv.slice(2);
const requester = createRequester({
  ...{ provider: "Example", baseUrl: url, headers: {}, limiter: unlimited, timeoutMs: 5000 },
  readLimits: () => ({ parkMs: null }),
});
const result = await requester.post("/messages", {
  ...{ body: { message: "Hello" }, label: "send message", signal: new AbortController().signal },
  mayStillSend: async () => true,
});
const message = "error" in result ? result.error.message : null;
process.stdout.write(`${JSON.stringify({ ...result, message })}\n`);
