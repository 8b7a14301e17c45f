import type { Thread } from "./thread";

/**
 * How one lead and we write to each other, act by act, and what has to be on record of it: for each answered stretch, in
 * order, how many messages it has and who answered first. Written down by hand, not worked out.
 */
export interface Story {
  readonly channel: "sms" | "email";
  readonly events: readonly string[];
  tell(thread: Thread): readonly Scene[];
}

/** What is told in one act. */
type Scene = () => void;

/** So long after a lead wrote a draft is sent at the latest: the longest delay, and what is around it. */
const AI_IS_DONE_MINUTES = 8;
const DAY_MINUTES = 24 * 60;

/** In the order in which they are dealt out: one lead each. */
export const STORIES: readonly Story[] = [
  {
    channel: "sms",
    events: ["1 setter", "2 setter"],
    tell: (thread) => [
      () => {
        thread.leadWrites(0);
        thread.setterAnswers(4);
        thread.leadWrites(10);
        thread.leadWrites(12);
        thread.setterAnswers(40);
      },
    ],
  },
  {
    channel: "sms",
    events: ["3 ai", "1 ai"],
    tell: (thread) => [
      // The draft belongs to the first message of the stretch, the answer to all of it.
      () => {
        const first = thread.leadWrites(0);
        thread.leadWrites(1);
        thread.leadWrites(2);
        thread.aiAnswers(first, 0);
      },
      () => thread.aiAnswers(thread.leadWrites(20), 20),
    ],
  },
  {
    channel: "email",
    events: ["1 ai", "1 setter"],
    tell: (thread) => [
      () => {
        thread.aiAnswers(thread.leadWrites(0), 0);
        thread.setterAnswers(30);
      },
      () => {
        const question = thread.leadWrites(60);
        thread.setterAnswers(61);
        thread.aiAnswers(question, 61);
      },
    ],
  },
  {
    channel: "email",
    events: ["1 setter"],
    tell: (thread) => [() => void thread.leadWrites(0), () => void thread.setterAnswers(5 * DAY_MINUTES)],
  },
  {
    channel: "sms",
    events: ["1 ai", "1 setter"],
    tell: (thread) => [
      () => {
        thread.aiAnswers(thread.leadWrites(0), 0);
        thread.leadWrites(AI_IS_DONE_MINUTES + 1);
      },
      // An answer to both: to the second in its turn, to the first after the lead has written again.
      () => void thread.setterAnswers(AI_IS_DONE_MINUTES + 9),
    ],
  },
  {
    channel: "email",
    events: ["2 setter"],
    tell: (thread) => [
      () => {
        thread.leadWrites(0);
        thread.somethingGoesOut(5, { kind: "sequence" });
        thread.somethingGoesOut(6, { kind: "campaign" });
        thread.setterAnswers(7, { deliveryStatus: "bounced" });
        thread.leadWrites(9);
        thread.leadWrites(10, { kind: "auto_reply" });
        thread.leadWrites(11, { kind: "reaction" });
      },
      () => void thread.setterAnswers(15),
    ],
  },
  {
    channel: "sms",
    events: ["1 setter, clock_skew", "1 setter"],
    tell: (thread) => [
      () => {
        thread.leadWrites(0);
        thread.setterAnswers(20, { heardAfterMinutes: -12 });
        thread.leadWrites(30);
        thread.setterAnswers(32);
      },
    ],
  },
  {
    channel: "sms",
    events: ["1 setter", "1 nobody"],
    tell: (thread) => [
      () => {
        thread.leadWrites(0);
        thread.setterAnswers(10);
        thread.leadWrites(20);
      },
      // Nothing says who wrote it, so it ends the stretch and is nobody's answer.
      () => void thread.somethingGoesOut(25),
    ],
  },
  {
    channel: "sms",
    events: ["2 setter"],
    tell: (thread) => [
      () => {
        thread.leadWrites(0);
        thread.setterAnswers(10);
      },
      // Sent before the answer, and heard of long after it.
      () => void thread.leadWrites(3, { heardAfterMinutes: 600 }),
    ],
  },
  {
    channel: "email",
    events: ["1 setter"],
    tell: (thread) => {
      let regretted = "";
      return [
        () => {
          thread.leadWrites(0);
          regretted = thread.leadWrites(2);
          thread.setterAnswers(10);
        },
        () => thread.takeBack(regretted),
      ];
    },
  },
  { channel: "sms", events: [], tell: (thread) => [() => void thread.leadWrites(0)] },
  {
    channel: "email",
    events: ["1 ai", "1 ai"],
    tell: (thread) => [
      () => thread.aiAnswers(thread.leadWrites(0), 0, { jobs: 2 }),
      () => undefined,
      () => thread.aiAnswers(thread.leadWrites(60), 60, { jobs: 0 }),
    ],
  },
];

/** Two leads who turn out to be the same person: what the second wrote becomes the first one's. */
export const MERGED: { readonly first: Story; readonly second: Story; readonly events: readonly string[] } = {
  first: {
    channel: "sms",
    events: [],
    tell: (thread) => [
      () => {
        thread.leadWrites(0);
        thread.setterAnswers(100);
      },
    ],
  },
  second: {
    channel: "sms",
    events: [],
    tell: (thread) => [() => thread.aiAnswers(thread.leadWrites(50), 50)],
  },
  // The two stretches are one now, and the draft of its last message came before the setter's answer.
  events: ["2 ai"],
};
