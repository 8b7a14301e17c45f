import type { Client } from "pg";
import type { Db } from "@/lib/db/client";
import type { Sandbox } from "../../sandbox/sandbox";
import type { World } from "../testing/world";

/** All that the checker looks at. */
export interface Evidence {
  db: Db;
  /** A connection of the checker's own, to the same database. */
  witness: Client;
  sandbox: Sandbox;
  world: World;
  /** Whether every act was played: only then it is known what has to have come of each plot. */
  toldToTheEnd: boolean;
  /** Everything that processes said and doors answered. */
  said: string;
  /** Secrets of the arena itself, that must be in none of it any more than the world's. */
  secrets: readonly string[];
  /** How long a request may come after what forbids it, because it was on its way or its process could not know. */
  underWayMs: number;
}

/** Something that may never be, and is. */
export interface Finding {
  invariant: string;
  text: string;
}

/** What has to hold, as a sentence, and how to find out where it does not. */
export interface Invariant {
  name: string;
  find(evidence: Evidence): Promise<string[]>;
}
