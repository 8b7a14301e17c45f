import type { z } from "zod";
import { describeError } from "@/lib/core/errors";
import { findMissingColumns } from "@/lib/db/schema-check";
import { isDatabaseUnavailable } from "@/lib/db/unavailable";
import { workspaceExists } from "@/lib/db/workspaces";
import { getRuntime, type Runtime } from "@/lib/runtime";
import { answers, json } from "./answers";
import { authorize } from "./authorize";
import { parseQuery } from "./params";

/** What a reader answers: JSON, or a text of its own type. */
export type ReadAnswer = { status: number; body: object } | { status: number; text: string; contentType: string };

export interface ReadDefinition<Params extends object> {
  /** What is read, for the log. */
  name: string;
  /** The query parameters, all checked before anything is opened. */
  params: z.ZodType<Params>;
  /** Reads; it changes nothing. */
  read(runtime: Runtime, params: Params): Promise<ReadAnswer>;
  /** What those are answered who show no credential at all. Without it they are refused. */
  open?(runtime: Runtime): Promise<ReadAnswer>;
}

/**
 * The one way to make a route that reads: authorise, parse, check the schema, read, answer. It decides in the order of
 * the crons and refuses in their words; nothing is put on record. HEAD is answered as GET is, without the body.
 *
 * A wrong credential is refused also where there is an open answer: who shows one wants to know that it is wrong, and
 * would take the open answer for the whole one.
 */
export function defineRead<Params extends object>(definition: ReadDefinition<Params>, runtimeOf = getRuntime) {
  const GET = async (request: Request): Promise<Response> => {
    const runtime = runtimeOf();
    try {
      if (definition.open && !request.headers.has("authorization")) return answerOf(await definition.open(runtime));
      return await readAuthorized(definition, runtime, request);
    } catch (error) {
      runtime.log.error({ read: definition.name, err: { message: describeError(error) } }, "reading failed");
      if (isDatabaseUnavailable(error)) return answers.databaseUnavailable();
      return json(500, { success: false, error: "internal_error" });
    }
  };
  const HEAD = async (request: Request): Promise<Response> => {
    const { status, headers } = await GET(request);
    return new Response(null, { status, headers });
  };
  return { GET, HEAD };
}

async function readAuthorized<Params extends object>(
  definition: ReadDefinition<Params>,
  runtime: Runtime,
  request: Request,
): Promise<Response> {
  const authorization = authorize(request.headers, runtime.env.CRON_SECRET);
  if (authorization === "misconfigured") return answers.misconfigured();
  if (authorization === "unauthorized") return answers.unauthorized();
  const parsed = parseQuery(new URL(request.url).searchParams, definition.params);
  if (!parsed.ok) return answers.invalidParams(parsed.issues);
  const missing = await findMissingColumns(runtime.db);
  if (missing.length > 0) return answers.schemaOutOfDate(missing);
  const clientId: unknown = Reflect.get(parsed.params, "clientId");
  if (typeof clientId === "string" && !(await workspaceExists(runtime.db, clientId))) {
    return answers.invalidParams([{ path: "clientId", message: "is not the id of a workspace" }]);
  }
  return answerOf(await definition.read(runtime, parsed.params));
}

function answerOf(answer: ReadAnswer): Response {
  if ("body" in answer) return json(answer.status, answer.body);
  const headers = { "Cache-Control": "no-store", "Content-Type": answer.contentType };
  return new Response(answer.text, { status: answer.status, headers });
}
