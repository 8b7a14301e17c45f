import type { IncomingHttpHeaders } from "node:http";
import { type Answer, Refusal } from "./answer";
import type { Fake } from "./http";
import { createKapsoRoutes, type KapsoRoute } from "./kapso-routes";
import { createKapsoVoice, inKapsoShape, limitHeaders, retryAfter } from "./kapso-voice";
import type { KapsoWorld } from "./kapso-world";
import { createFixedWindow, type RateWindow } from "./rate-window";
import { bearerOf, nameOfToken } from "./request";
import { createRouter } from "./router";

/** Serves a Kapso world over the WhatsApp endpoints that Leadline could ask. */
export function createKapsoFake(world: KapsoWorld): Fake {
  const voice = createKapsoVoice();
  const findRoute = createRouter(createKapsoRoutes(world, voice));
  return {
    provider: "KAPSO",
    voice,
    accountOf: (headers) => nameOfToken(credentialOf(headers)),
    admit: createGate(world),
    answer(request) {
      const numbers = world.numbersOfAccount(request.account);
      if (numbers.length === 0) return voice.unauthorized();
      const match = findRoute(request.method, request.path);
      if (!match) return voice.notFound();
      const { route, param } = match;
      const number = numbers.find(({ id }) => id === param("number"));
      // What belongs to others is as unknown as what does not exist.
      if (!number) return voice.notFound();
      const answer = answerOrRefuse(() => {
        const wrong = [...request.query].filter(([name, value]) => !isPassed(route, name, value));
        if (wrong.length === 0) return route.answer({ number, request, param });
        return voice.badRequest(`${wrong.map(([name]) => name).join(", ")}: unknown or malformed`);
      });
      return number.quirks.errors === "kapso" ? inKapsoShape(answer) : answer;
    },
  };
}

/** What a route throws to refuse is an answer too: it has a shape like the others. */
function answerOrRefuse(answer: () => Answer): Answer {
  try {
    return answer();
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}

/** A project's key, or a number's own token. */
function credentialOf(headers: IncomingHttpHeaders): string | null {
  const key = headers["x-api-key"];
  return typeof key === "string" ? key : bearerOf(headers);
}

function isPassed({ query }: KapsoRoute, name: string, value: string): boolean {
  return Object.hasOwn(query, name) && query[name]?.test(value) === true;
}

/** Counts each credential's requests in fixed windows, and says in every answer what is left. */
function createGate(world: KapsoWorld): Fake["admit"] {
  const windows = new Map<string, RateWindow>();
  return (account, atMs) => {
    const limit = world.projectOfAccount(account)?.limit;
    if (!limit) return { headers: {}, refusedUntil: null };
    const window = windows.get(account) ?? createFixedWindow(limit);
    windows.set(account, window);
    const { allowed, remaining, freeAt } = window.take(atMs);
    const headers = limitHeaders({ limit: limit.requests, remaining });
    if (allowed) return { headers, refusedUntil: null };
    return { headers: { ...headers, ...retryAfter(freeAt - atMs) }, refusedUntil: freeAt };
  };
}
