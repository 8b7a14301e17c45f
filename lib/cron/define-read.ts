import { z } from "zod";
import { describeError } from "@/lib/core/errors";
import { isDatabaseUnavailable } from "@/lib/db/unavailable";
import { getRuntime, type Runtime } from "@/lib/runtime";
import { answers, json } from "./answers";
import { decideEntry } from "./entry";

export interface ReadDefinition<Shape extends z.ZodRawShape> {
  /** As the log names it. */
  name: string;
  /** The query parameters; a name that is not among them is an error. A `clientId` has to be a workspace's. */
  params: Shape;
  /** Reads what the answer says: the JSON of a 200, or an answer of another kind. Nothing may be written. */
  read(runtime: Runtime, params: z.infer<z.ZodObject<Shape>>): Promise<object | Response>;
  /** What those are answered who show no credential at all; without it they are refused. */
  open?(runtime: Runtime): Promise<Response>;
}

/**
 * The one way to make a route that only reads: the same doors as a cron's in the same order, and then the answer. HEAD
 * gets what GET would get, without the body.
 *
 * A wrong credential is refused also where there is an open answer: whoever shows one wants to know that it is wrong, and
 * would take the open answer for the whole one.
 */
export function defineRead<Shape extends z.ZodRawShape>(definition: ReadDefinition<Shape>, runtimeOf = getRuntime) {
  const schema = z.strictObject(definition.params);
  const handle = async (request: Request): Promise<Response> => {
    const runtime = runtimeOf();
    try {
      if (definition.open && !request.headers.has("authorization")) return await definition.open(runtime);
      const entry = await decideEntry(runtime, request, schema);
      if (entry.kind === "refused") return entry.answer;
      const answer = await definition.read(runtime, entry.params);
      return answer instanceof Response ? answer : json(200, answer);
    } catch (error) {
      runtime.log.error({ read: definition.name, err: { message: describeError(error) } }, "read failed");
      if (isDatabaseUnavailable(error)) return answers.databaseUnavailable();
      return json(500, { success: false, error: "internal_error" });
    }
  };
  const withoutBody = async (request: Request): Promise<Response> => {
    const { status, headers } = await handle(request);
    return new Response(null, { status, headers });
  };
  return { GET: handle, HEAD: withoutBody };
}
