import { type CalendlyRoute, createCalendlyRoutes } from "./calendly-routes";
import { createCalendlyVoice, limitHeaders } from "./calendly-voice";
import type { CalendlyWorld } from "./calendly-world";
import type { Fake } from "./http";
import { createFixedWindow, type RateWindow } from "./rate-window";
import { bearerOf, nameOfToken } from "./request";
import { createRouter } from "./router";

/** Serves a Calendly world over the endpoints that read it. */
export function createCalendlyFake(world: CalendlyWorld): Fake {
  const voice = createCalendlyVoice();
  const findRoute = createRouter(createCalendlyRoutes(world, voice));
  return {
    provider: "CALENDLY",
    voice,
    accountOf: (headers) => nameOfToken(bearerOf(headers)),
    admit: createGate(world),
    answer(request) {
      const caller = world.userOfAccount(request.account);
      if (!caller) return voice.unauthorized();
      const match = findRoute(request.method, request.path);
      if (!match) return voice.notFound();
      const { route, param } = match;
      const wrong = [...request.query].filter(([name, value]) => !isPassed(route, name, value));
      if (wrong.length > 0) {
        return voice.invalid(...wrong.map(([parameter]) => ({ parameter, message: "is unknown or malformed" })));
      }
      return route.answer({ caller, request, param });
    },
  };
}

function isPassed({ query }: CalendlyRoute, name: string, value: string): boolean {
  return Object.hasOwn(query, name) && query[name]?.test(value) === true;
}

/** Counts each token's requests in fixed minutes, as Calendly does, and says in every answer what is left. */
function createGate(world: CalendlyWorld): Fake["admit"] {
  const windows = new Map<string, RateWindow>();
  return (account, atMs) => {
    const limit = world.userOfAccount(account)?.organization.limit;
    if (!limit) return { headers: {}, refusedUntil: null };
    const window = windows.get(account) ?? createFixedWindow(limit);
    windows.set(account, window);
    const { allowed, remaining, freeAt } = window.take(atMs);
    const headers = limitHeaders({ limit: limit.requests, remaining, resetMs: freeAt - atMs });
    return { headers, refusedUntil: allowed ? null : freeAt };
  };
}
