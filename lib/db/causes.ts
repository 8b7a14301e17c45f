import { ProviderError } from "@/lib/core/errors";

/** The depth of `cause` chains that drivers build; deeper is a cycle. */
const CAUSE_DEPTH_MAX = 8;

/**
 * Whether an error, or anything that it says was behind it, is of a kind. A provider's error never is, though its
 * causes may have the very same codes.
 */
export function isCausedBy(error: unknown, isOfKind: (error: object) => boolean, depthMax = CAUSE_DEPTH_MAX): boolean {
  if (!(error instanceof Object) || error instanceof ProviderError || depthMax === 0) return false;
  if (isOfKind(error)) return true;
  return causesOf(error).some((cause) => isCausedBy(cause, isOfKind, depthMax - 1));
}

/** The codes that PostgreSQL, the driver and Prisma gave an error. */
export function codesOf(error: object): string[] {
  const fields = ["code", "originalCode", "errorCode"];
  return fields.map((field) => Reflect.get(error, field)).filter((code) => typeof code === "string");
}

/** What lies behind an error: its cause, each of several, and the driver's error inside Prisma's of a raw statement. */
function causesOf(error: object): unknown[] {
  const meta: unknown = Reflect.get(error, "meta");
  const driverError: unknown = meta instanceof Object ? Reflect.get(meta, "driverAdapterError") : undefined;
  const several = error instanceof AggregateError ? error.errors : [];
  return [Reflect.get(error, "cause"), driverError, ...several];
}
