import { codesOf, isCausedBy } from "./causes";

/**
 * PostgreSQL's codes, and Prisma's, for "somebody else was faster": a key that exists now, a row that is gone, a wait in
 * a circle, a snapshot that is too old.
 */
const CONFLICT_CODES = new Set(["23505", "23503", "40P01", "40001", "P2002", "P2003", "P2034"]);

/** After so many losses in a row something else is wrong than bad luck. */
const ATTEMPTS_MAX = 3;

/** Whether a statement lost against another transaction, so that it may do well when it looks again. */
export function isConflict(error: unknown): boolean {
  return isCausedBy(error, (one) => codesOf(one).some((code) => CONFLICT_CODES.has(code)));
}

/** Repeats a transaction that lost against another one. It has to look at everything again that it depends on. */
export async function retryOnConflict<T>(transaction: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction();
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || !isConflict(error)) throw error;
    }
  }
}
