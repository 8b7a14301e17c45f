import type { Logger } from "@/lib/core/log";
import type { Db } from "@/lib/db/client";
import type { WatchedJob } from "./jobs";
import type { PostAlert, SendHeartbeat } from "./messenger";

/**
 * For how long a job's oldest unfinished work has waited since it was due, in seconds; 0 when nothing waits. Cheap at
 * any size of the database.
 */
export type LagProbe = () => Promise<number>;

/** What the feature works with. */
export interface HealthDeps {
  db: Db;
  log: Logger;
  jobs: readonly WatchedJob[];
  /** By job; one for each whose lag is measured. */
  lagProbes: Readonly<Record<string, LagProbe>>;
  /** Null where nobody is to be told. */
  postAlert: PostAlert | null;
  sendHeartbeat: SendHeartbeat;
}
