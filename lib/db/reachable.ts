import { SECOND_MS } from "@/lib/core/time";
import type { Db } from "./client";

/** Whoever asks whether a service is up gives up after ten seconds or so, and wants the answer before that. */
const ANSWER_MS_MAX = 5 * SECOND_MS;

/** Whether the database answers at all, within 5 s. Never rejects. */
export async function isDatabaseReachable(db: Db): Promise<boolean> {
  const asking = db.$queryRaw`SELECT 1 AS "answer"`.then(
    () => true,
    () => false,
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ANSWER_MS_MAX, false);
  });
  const reachable = await Promise.race([asking, late]);
  clearTimeout(timer);
  return reachable;
}
