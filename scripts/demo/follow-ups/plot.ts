import type { LeadOrder, StepOrder } from "../../environment/follow-up-leads";
import type { FollowUpWorkspaceKind } from "../../environment/follow-up-workspaces";
import type { Actor } from "./actor";

/** What happens to a lead before a tick. */
export type Act = (actor: Actor) => Promise<void>;

/** What becomes of a lead in a sequence. Written down by hand, not worked out. */
export interface Plot extends Pick<LeadOrder, "steps" | "lead" | "instance" | "dueInMs" | "wantsNoMessages"> {
  readonly name: string;
  /** One lead in each of these; one in each of the two that write now, where nothing is said. */
  readonly in?: readonly FollowUpWorkspaceKind[];
  readonly before?: "written to today" | "silent for a week" | "evening where it is";
  /** How the answers to its messages get lost. */
  readonly lostAnswer?: "reset" | 502;
  readonly acts?: readonly [Act, Act, Act];
  /** What it gets, all told. */
  readonly gets: readonly StepOrder[];
  /** How its sequence stands at the end. */
  readonly ends: string;
  /** What its status is then; `new`, where nothing is said. */
  readonly status?: string;
  readonly tasks?: readonly { readonly step: StepOrder; readonly status: "pending" | "completed" | "skipped" }[];
  /** How its messages stand in the ledger; all of them as sent, where nothing is said. */
  readonly ledger?: readonly string[];
  /** When its next step is due in the end. */
  readonly waitsFor?: "office hours" | "another day";
  /** Why it does not get all that the sequence has. */
  readonly because?: string;
}

/** Another sequence of the same workspace said this a moment before the demo began. */
export const EARLIER: StepOrder = { channel: "sms", messageTemplate: "Hi {{firstName}}, welcome." };

export const waits: Act = async () => undefined;
export const fallsDue: Act = (actor) => actor.fallsDue();

export function inTurn(...acts: readonly Act[]): Act {
  return async (actor) => {
    for (const act of acts) await act(actor);
  };
}
