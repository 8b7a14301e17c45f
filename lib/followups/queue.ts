import type { Deadline } from "@/lib/core/time";
import type { Lease } from "@/lib/db/lease";
import type { FollowUpDeps } from "./deps";
import type { StepFacts } from "./rules/facts";
import type { SendChannel, SenderProvider, SendingWorkspace } from "./sender";
import type { DueTally } from "./tally";

/** A workspace in the queue of one run, with what this run has learnt about it. */
export interface QueuedWorkspace {
  workspace: SendingWorkspace;
  senders: StepFacts["senders"];
  /** Providers whose circuit lets nothing through now: the messages for them wait for another run. */
  closed: Set<SenderProvider>;
  /** Instances that were let go as they are: they wait for another run. */
  leftIds: Set<string>;
  /** There was no permit for a message in what is left of this run's time. */
  cutOff: boolean;
}

export interface TurnContext {
  lease: Lease;
  runStartedAt: Date;
  /** Ends claims, and the wait for permits. */
  deadline: Deadline;
  tally: DueTally;
}

export function queueWorkspace(deps: FollowUpDeps, workspace: SendingWorkspace): QueuedWorkspace {
  const senderOf = (channel: SendChannel) => deps.chooseSender(workspace, channel);
  const senders = { email: senderOf("email"), sms: senderOf("sms"), whatsapp: senderOf("whatsapp") };
  return { workspace, senders, closed: new Set(), leftIds: new Set(), cutOff: false };
}
