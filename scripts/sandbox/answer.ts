/** What a fake says to a request: a status, headers beside the usual ones, and a body to be sent as JSON. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/** How one provider words the failures that every provider has. */
export interface Voice {
  unauthorized(): Answer;
  forbidden(): Answer;
  notFound(): Answer;
  unprocessable(messages: string[]): Answer;
  rateLimited(): Answer;
  serverError(status: number): Answer;
  /** The headers of a 429 that tells the account to wait `waitMs`. */
  headersOfWait(waitMs: number): Record<string, string>;
  /** How long the real provider makes an account wait. */
  readonly usualWaitMs: number;
}

/** Thrown by a handler to answer something else than what was asked for. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  constructor(readonly answer: Answer) {
    super(`refused with ${answer.status}`);
  }
}

export function ok(body: unknown): Answer {
  return { status: 200, headers: {}, body };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
