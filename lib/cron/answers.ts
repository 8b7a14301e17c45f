import type { ParamIssue } from "./params";

/** How long a caller should wait before trying again what the deployment or the database must mend first. */
const RETRY_AFTER_SECONDS = "60";

/** The answers that a cron gives without running. Each says what was wrong and nothing that an outsider could use. */
export const answers = {
  misconfigured: () => json(503, { success: false, error: "misconfigured" }),
  unauthorized: () => json(401, { success: false, error: "unauthorized" }),
  invalidParams: (issues: ParamIssue[]) => json(400, { success: false, error: "invalid_params", issues }),
  methodNotAllowed: () => json(405, { success: false, error: "method_not_allowed" }, { Allow: "GET, POST" }),
  schemaOutOfDate: (missing: string[]) =>
    json(
      503,
      {
        success: false,
        error: "schema_out_of_date",
        details: { missing, advice: "Run `npm run db:deploy` against this database." },
      },
      { "Retry-After": RETRY_AFTER_SECONDS },
    ),
  databaseUnavailable: () =>
    json(503, { success: false, error: "database_unavailable" }, { "Retry-After": RETRY_AFTER_SECONDS }),
};

/** A JSON answer that nobody may cache. */
export function json(status: number, body: object, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { "Cache-Control": "no-store", ...headers } });
}
