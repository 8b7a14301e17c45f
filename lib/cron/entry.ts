import type { z } from "zod";
import { findMissingColumns } from "@/lib/db/schema-check";
import { workspaceExists } from "@/lib/db/workspaces";
import type { Runtime } from "@/lib/runtime";
import { answers } from "./answers";
import { authorize } from "./authorize";
import { parseQuery } from "./params";

export type Entry<Params> = { kind: "let_in"; params: Params } | { kind: "refused"; answer: Response };

/**
 * Whether a request is let in, and with which parameters. The order is part of the contract (§3): the secret, the
 * parameters, the schema, the workspace; nothing is opened before the first two are settled.
 *
 * @throws when the database cannot be asked.
 */
export async function decideEntry<Params extends object>(
  runtime: Runtime,
  request: Request,
  schema: z.ZodType<Params>,
): Promise<Entry<Params>> {
  const refuse = (answer: Response): Entry<Params> => ({ kind: "refused", answer });
  const authorization = authorize(request.headers, runtime.env.CRON_SECRET);
  if (authorization === "misconfigured") return refuse(answers.misconfigured());
  if (authorization === "unauthorized") return refuse(answers.unauthorized());
  const parsed = parseQuery(new URL(request.url).searchParams, schema);
  if (!parsed.ok) return refuse(answers.invalidParams(parsed.issues));
  const missing = await findMissingColumns(runtime.db);
  if (missing.length > 0) return refuse(answers.schemaOutOfDate(missing));
  const clientId: unknown = Reflect.get(parsed.params, "clientId");
  if (typeof clientId === "string" && !(await workspaceExists(runtime.db, clientId))) {
    return refuse(answers.invalidParams([{ path: "clientId", message: "is not the id of a workspace" }]));
  }
  return { kind: "let_in", params: parsed.params };
}
