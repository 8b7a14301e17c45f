import { createDb } from "@/lib/db/client";
import { AccountLimiter } from "@/lib/providers/rate-limit/account-limiter";

/** Waits for a request that will not be free for an hour, gives up, and has nothing left to do: it has to end. */
const db = createDb(process.env["DATABASE_URL"] ?? "");
const limits = { requestsMax: 1, windowMs: 3_600_000, requestMsMax: 1000 };
const limiter = new AccountLimiter(db, "an account to give up on", limits);
(await limiter.acquire(new AbortController().signal)).answered();

const patience = new AbortController();
const giveUp = () => setTimeout(() => patience.abort(), 50);
await limiter.acquire(patience.signal, Number.POSITIVE_INFINITY, giveUp).catch(() => {});
await limiter.settle();
await db.$disconnect();
process.stdout.write("gave up\n");
