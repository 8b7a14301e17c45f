/** PostgreSQL's, the driver's and Prisma's codes for "the database cannot be reached or takes nobody now". */
const UNAVAILABLE_CODES = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "EPIPE"],
  ...["57P01", "57P02", "57P03", "53300", "08000", "08001", "08003", "08004", "08006", "3D000", "28P01", "28000"],
  ...["P1000", "P1001", "P1002", "P1003", "P1008", "P1010", "P1011", "P1017", "P2024"],
]);

/** The pool and the driver give some failures no code, only these words. */
const UNAVAILABLE_WORDS =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|can't reach database|server has closed the connection|too many clients|database system is (starting up|shutting down)/i;

/** The depth of `cause` chains that drivers build; deeper is a cycle. */
const CAUSE_DEPTH_MAX = 8;

/** Whether an error means that the database cannot be reached now, as opposed to a statement that failed. */
export function isDatabaseUnavailable(error: unknown): boolean {
  let current = error;
  for (let depth = 0; depth < CAUSE_DEPTH_MAX && current instanceof Object; depth++) {
    if (codesOf(current).some((code) => UNAVAILABLE_CODES.has(code))) return true;
    if (current instanceof Error && UNAVAILABLE_WORDS.test(current.message)) return true;
    if (current instanceof AggregateError) return current.errors.some(isDatabaseUnavailable);
    current = "cause" in current ? current.cause : undefined;
  }
  return false;
}

function codesOf(error: object): string[] {
  const fields = ["code", "originalCode", "errorCode"];
  return fields.map((field) => Reflect.get(error, field)).filter((code) => typeof code === "string");
}
