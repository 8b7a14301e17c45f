import type { Clock } from "@/lib/core/time";
import {
  type KapsoConversation,
  type KapsoMessage,
  type KapsoMessageStatus,
  type KapsoMessageType,
  type KapsoNumber,
  type KapsoPerson,
  type KapsoProject,
  type KapsoQuirks,
  nameOfPerson,
  toWholeSeconds,
  USUAL_KAPSO_LIMIT,
  USUAL_KAPSO_QUIRKS,
} from "./kapso-model";
import { append, known } from "./maps";
import { type Random, randomId, randomUuid } from "./random";
import type { WindowLimit } from "./rate-window";
import { nameOfToken } from "./request";

/** One message, as whoever makes it says it; now and a text, where nothing is said. */
export interface KapsoWriting {
  body?: string;
  type?: KapsoMessageType;
  at?: Date;
  status?: KapsoMessageStatus;
}

/** Everything Kapso knows of WhatsApp, and the verbs with which people there change it. */
export class KapsoWorld {
  private readonly numbers = new Map<string, KapsoNumber>();
  private readonly projects = new Map<string, KapsoProject>();
  /** The numbers that a credential opens, by the name of the account that the ledger counts for. */
  private readonly numbersByAccount = new Map<string, KapsoNumber[]>();
  private readonly conversationsByNumber = new Map<string, KapsoConversation[]>();
  private readonly conversationsByPerson = new Map<string, KapsoConversation[]>();
  private readonly conversations = new Map<string, KapsoConversation>();
  private readonly unsubscribed = new Set<string>();
  private readonly delivered: KapsoMessage[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  addProject({ limit = USUAL_KAPSO_LIMIT }: { limit?: WindowLimit } = {}): KapsoProject {
    return { apiKey: `kapso-key-${randomId(this.random, 24)}`, limit };
  }

  /** Connects a number, in a project of its own unless one is named. */
  addNumber(
    given: {
      project?: KapsoProject;
      limit?: WindowLimit;
      quirks?: Partial<KapsoQuirks>;
      enforcesWindow?: boolean;
      flightMs?: number;
    } = {},
  ): KapsoNumber {
    const count = this.numbers.size + 1;
    const number: KapsoNumber = {
      id: String(100_000_000_000_000 + count),
      project: given.project ?? this.addProject({ limit: given.limit ?? USUAL_KAPSO_LIMIT }),
      accessToken: `EAA${randomId(this.random, 32)}`,
      phone: `1555019${String(count).padStart(4, "0")}`,
      quirks: { ...USUAL_KAPSO_QUIRKS, ...given.quirks },
      enforcesWindow: given.enforcesWindow ?? false,
      flightMs: given.flightMs ?? 0,
    };
    this.numbers.set(number.id, number);
    for (const credential of [number.project.apiKey, number.accessToken]) {
      append(this.numbersByAccount, nameOfToken(credential), number);
      this.projects.set(nameOfToken(credential), number.project);
    }
    return number;
  }

  /** A person writes to a number. */
  receive(numberId: string, person: KapsoPerson, writing: KapsoWriting = {}): KapsoMessage {
    const given = { ...writing, direction: "inbound", origin: "cloud_api" } as const;
    return this.write(this.conversationWith(numberId, person), { status: "received", ...given });
  }

  /** Somebody at the business writes to a person, in WhatsApp's app and not through anybody's program. */
  send(numberId: string, person: KapsoPerson, writing: KapsoWriting = {}): KapsoMessage {
    const given = { ...writing, direction: "outbound", origin: "business_app" } as const;
    return this.write(this.conversationWith(numberId, person), { status: "delivered", ...given });
  }

  /** A program sends to a person: what `POST /messages` does once it has let the message through. */
  deliver(numberId: string, person: KapsoPerson, body: string): KapsoMessage {
    const given = { body, direction: "outbound", origin: "cloud_api" } as const;
    const message = this.write(this.conversationWith(numberId, person), { status: "sent", ...given });
    this.delivered.push(message);
    return message;
  }

  /** What was sent by programs, in the order in which it was: a person's phone has shown each of these. */
  deliveries(): readonly KapsoMessage[] {
    return this.delivered;
  }

  /** Closes a conversation; what comes next opens another. */
  end(conversationId: string): KapsoConversation {
    return Object.assign(known(this.conversations, conversationId, "conversation"), { status: "ended" });
  }

  /** The person wants nothing more from this number. */
  unsubscribe(numberId: string, person: KapsoPerson): void {
    this.unsubscribed.add(addressOf(numberId, person));
  }

  isUnsubscribed(numberId: string, person: KapsoPerson): boolean {
    return this.unsubscribed.has(addressOf(numberId, person));
  }

  /** Everything that was ever said between a number and a person, in the order in which it was. */
  truthOf(numberId: string, person: KapsoPerson): KapsoMessage[] {
    return this.conversationsOfPerson(numberId, person)
      .flatMap(({ messages }) => messages)
      .toSorted((a, b) => a.at.getTime() - b.at.getTime());
  }

  now(): Date {
    return this.clock.now();
  }

  numbersOfAccount(account: string): readonly KapsoNumber[] {
    return this.numbersByAccount.get(account) ?? [];
  }

  projectOfAccount(account: string): KapsoProject | undefined {
    return this.projects.get(account);
  }

  conversation(id: string): KapsoConversation | undefined {
    return this.conversations.get(id);
  }

  conversationsOf(numberId: string): readonly KapsoConversation[] {
    return this.conversationsByNumber.get(numberId) ?? [];
  }

  conversationsOfPerson(numberId: string, person: KapsoPerson): readonly KapsoConversation[] {
    return this.conversationsByPerson.get(addressOf(numberId, person)) ?? [];
  }

  private conversationWith(numberId: string, person: KapsoPerson): KapsoConversation {
    const open = this.conversationsOfPerson(numberId, person).find(({ status }) => status === "active");
    if (open) return open;
    const now = this.clock.now();
    const conversation: KapsoConversation = {
      id: randomUuid(this.random),
      number: known(this.numbers, numberId, "number"),
      person,
      createdAt: now,
      messages: [],
      status: "active",
      lastActiveAt: new Date(0),
    };
    this.conversations.set(conversation.id, conversation);
    append(this.conversationsByNumber, numberId, conversation);
    append(this.conversationsByPerson, addressOf(numberId, person), conversation);
    return conversation;
  }

  private write(
    conversation: KapsoConversation,
    given: Pick<KapsoMessage, "direction" | "origin" | "status"> & KapsoWriting,
  ): KapsoMessage {
    const { type = "text", body = "Hello", at = this.clock.now(), direction, origin, status } = given;
    const id = `wamid.${randomId(this.random, 32)}`;
    const message = { id, conversation, direction, origin, type, body, status, at: toWholeSeconds(at) };
    conversation.messages.push(message);
    if (at > conversation.lastActiveAt) conversation.lastActiveAt = at;
    return message;
  }
}

function addressOf(numberId: string, person: KapsoPerson): string {
  return `${numberId} ${nameOfPerson(person)}`;
}
