import { createMessageRoutes } from "./ghl-message-routes";
import { createGhlRoutes } from "./ghl-routes";
import { createGhlVoice } from "./ghl-voice";
import type { GhlWorld } from "./ghl-world";
import type { Fake } from "./http";
import { createFixedWindow, createRollingWindow, type RateWindow } from "./rate-window";
import { bearerOf, nameOfToken } from "./request";
import { createRouter } from "./router";

/** Serves a GHL world over the endpoints that Leadline could ask, as strict about requests as HighLevel is. */
export function createGhlFake(world: GhlWorld): Fake {
  const voice = createGhlVoice();
  const findRoute = createRouter([...createGhlRoutes(world, voice), ...createMessageRoutes(world, voice)]);
  return {
    provider: "GHL",
    voice,
    accountOf(headers) {
      const token = bearerOf(headers);
      return (token === null ? undefined : world.locationOfToken(token)?.id) ?? nameOfToken(token);
    },
    admit: createGate(world),
    answer(request) {
      const location = world.location(request.account);
      if (!location) return voice.unauthorized();
      const match = findRoute(request.method, request.path);
      if (!match) return voice.notFound();
      const { route, param } = match;
      if ("location-id" in request.headers) return voice.forbidden();
      if (request.headers["version"] !== route.version) {
        return voice.badRequest(`${route.method} ${route.pattern} needs the header Version: ${route.version}`);
      }
      const unknown = [...request.query.keys()].filter((name) => !route.query.includes(name));
      if (unknown.length > 0) return voice.unprocessable(unknown.map((name) => `property ${name} should not exist`));
      return route.answer({ location, request, param });
    },
  };
}

/** Counts each location's requests as HighLevel does, and says in every answer what is left. */
function createGate(world: GhlWorld): Fake["admit"] {
  const windows = new Map<string, { burst: RateWindow; daily: RateWindow }>();
  return (account, atMs) => {
    const limits = world.location(account)?.limits;
    if (!limits) return { headers: {}, refusedUntil: null };
    const { burst, daily } = windows.get(account) ?? {
      burst: createRollingWindow(limits.burst),
      daily: createFixedWindow(limits.daily),
    };
    windows.set(account, { burst, daily });
    const burstTurn = burst.take(atMs);
    const dailyTurn = daily.take(atMs);
    const headers = {
      "X-RateLimit-Limit-Daily": String(limits.daily.requests),
      "X-RateLimit-Daily-Remaining": String(dailyTurn.remaining),
      "X-RateLimit-Interval-Milliseconds": String(limits.burst.windowMs),
      "X-RateLimit-Max": String(limits.burst.requests),
      "X-RateLimit-Remaining": String(burstTurn.remaining),
    };
    // The only wait that HighLevel announces is the interval; it does not say when a day's requests come back.
    const refusedUntil = burstTurn.allowed && dailyTurn.allowed ? null : atMs + limits.burst.windowMs;
    return { headers, refusedUntil };
  };
}
