import type { Db } from "@/lib/db/client";
import type { Sandbox } from "../sandbox/sandbox";
import type { Check } from "./checks";

/** The times at which the world moves on, each before a tick of all crons. */
export type Act = 0 | 1 | 2;

/** A part of the demo, with workspaces and leads of its own: what they live through, and what has to come of it. */
export interface Chapter {
  /** Who there is, in a sentence. */
  readonly about: string;
  /** Lets everybody do what they do in this act, unheard here. Says what that was; empty if nothing. */
  play(act: Act): Promise<string>;
  /** What there is now, as lines of a table under a heading of its own. */
  tables(): Promise<string[]>;
  /** What has to be so when all is told. */
  checks(): Promise<Check[]>;
}

/** Puts a chapter's people into the sandbox and into the database. */
export type OpenChapter = (sandbox: Sandbox, db: Db) => Promise<Chapter>;
