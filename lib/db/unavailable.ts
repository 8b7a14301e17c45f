import { codesOf, isCausedBy } from "./causes";

/** PostgreSQL's, the driver's and Prisma's codes for "the database cannot be reached or takes nobody now". */
const UNAVAILABLE_CODES = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "EPIPE"],
  ...["57P01", "57P02", "57P03", "53300", "3D000", "28P01", "28000"],
  ...["08000", "08001", "08003", "08004", "08006", "08007", "08P01"],
  ...["P1000", "P1001", "P1002", "P1003", "P1008", "P1010", "P1011", "P1017", "P2024", "P2037"],
]);

/** The pool, the driver and the server give some failures no code, or one that says less than these words. */
const UNAVAILABLE_WORDS =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|query read timeout|can't reach database|server has closed the connection|too many clients|not currently accepting connections|database system is (starting up|shutting down)/i;

/**
 * Whether an error means that the database cannot be reached now, as opposed to a statement that failed. A provider's
 * error never does, though its causes may have the very same codes.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  return isCausedBy(error, isUnavailable);
}

function isUnavailable(error: object): boolean {
  if (codesOf(error).some((code) => UNAVAILABLE_CODES.has(code))) return true;
  return error instanceof Error && UNAVAILABLE_WORDS.test(error.message);
}
