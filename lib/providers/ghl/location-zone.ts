import { ProviderError } from "@/lib/core/errors";
import { isTimeZone } from "../times";
import type { GhlApi } from "./api";

/** The zone of a location; asked for when it is needed first, and then remembered. */
export type LocationZone = (signal: AbortSignal) => Promise<string>;

/**
 * The location's own zone, else `fallbackTimeZone`, else UTC.
 *
 * Only a lasting refusal leads to the fallback. Where the location merely could not be read just now the error is thrown:
 * a zone that changes from run to run would move every meeting that is read in it, and look like a reschedule.
 */
export function createLocationZone(api: GhlApi, fallbackTimeZone: string): LocationZone {
  let remembered: string | null = null;
  return async (signal) => {
    remembered ??= firstUsable(await readUnlessRefused(api, signal), fallbackTimeZone);
    return remembered;
  };
}

function firstUsable(...zones: (string | null)[]): string {
  return zones.find((zone) => zone !== null && isTimeZone(zone)) ?? "UTC";
}

/** The scope for locations may be missing (403) though the credential is fine, so nothing is concluded about it. */
async function readUnlessRefused(api: GhlApi, signal: AbortSignal): Promise<string | null> {
  try {
    return await api.readTimeZone(signal);
  } catch (error) {
    if (error instanceof ProviderError && isLastingRefusal(error)) return null;
    throw error;
  }
}

function isLastingRefusal({ kind, status }: ProviderError): boolean {
  return status === 403 || kind === "not_found" || kind === "permanent";
}
