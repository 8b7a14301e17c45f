import fc from "fast-check";

/** A request as somebody who means no good, or a careless program, would send it. */
export interface HostileRequest {
  method: "GET" | "POST" | "HEAD";
  headers: [name: string, value: string][];
  /** With its question mark, if there is one. */
  query: string;
  body: string | null;
  /** Carries the secret in the one way that counts. */
  authorised: boolean;
  /** Its parameters are such as the job takes. */
  valid: boolean;
}

/** Somebody who must turn up in no answer and no log. */
export const PLANTED = ["planted.person@example.com", "+15550100199", "pit-planted-0123456789"];

/** Requests of every kind; those that would rightly start a run are rare, since each is one. */
export function hostileRequests(secret: string): fc.Arbitrary<HostileRequest> {
  return fc.record({ credential: credentials(secret), query: queries(secret), rest: surroundings() }).map(
    ({ credential, query, rest }): HostileRequest => ({
      ...{ method: rest.method, body: rest.method === "POST" ? rest.body : null },
      headers: [...credential.headers, ...rest.headers],
      query: query.text,
      authorised: credential.right,
      valid: query.valid,
    }),
  );
}

interface Credential {
  headers: [string, string][];
  right: boolean;
}

function credentials(secret: string): fc.Arbitrary<Credential> {
  const wrong = [
    ...["", "Bearer", "Bearer ", "Bearer undefined", "Bearer null", "Bearer [object Object]", "Bearer *", secret],
    ...[`Bearer ${secret.slice(0, -1)}`, `Bearer ${secret}x`, `Bearer ${secret.toUpperCase()}`, `Bearer${secret}`],
    ...[`Basic ${btoa(`cron:${secret}`)}`, `Token ${secret}`, `Bearer "${secret}"`, `Bearer ${secret}, Bearer x`],
    ...[`Bearer x ${secret}`, `Bearer ${secret} ${secret}`, `Bearer ${encodeURIComponent(`${secret}\0`)}`],
    ...PLANTED.map((planted) => `Bearer ${planted}`),
  ];
  const elsewhere: [string, string][][] = [
    [["x-cron-secret", secret]],
    [["cookie", `authorization=Bearer ${secret}`]],
    [["proxy-authorization", `Bearer ${secret}`]],
    [["x-vercel-cron", "1"]],
    [],
  ];
  const prefix = fc.nat({ max: secret.length - 1 }).map((length) => `Bearer ${secret.slice(0, length)}`);
  const noise = fc.string({ maxLength: 200 }).map((text) => `Bearer ${printable(text)}`);
  const oneWrong = fc.oneof(
    fc.constantFrom(...wrong),
    prefix,
    noise.filter((text) => text !== `Bearer ${secret}`),
  );
  return fc.oneof(
    {
      weight: 6,
      arbitrary: oneWrong.map((value): Credential => ({ headers: [["authorization", value]], right: false })),
    },
    { weight: 3, arbitrary: fc.constantFrom(...elsewhere).map((headers): Credential => ({ headers, right: false })) },
    {
      weight: 2,
      arbitrary: fc
        .constantFrom(`Bearer ${secret}`, `bearer ${secret}`, `Bearer   ${secret}`)
        .map((value): Credential => ({ headers: [["authorization", value]], right: true })),
    },
  );
}

interface Query {
  text: string;
  valid: boolean;
}

function queries(secret: string): fc.Arbitrary<Query> {
  const names = ["dryRun", "dryrun", "DRYRUN", "dry-run", "clientId", "workspaceLimit", "secret", "token", "__proto__"];
  const moreNames = [
    "constructor",
    "hotMinutes",
    "staleDays",
    "leadsPerWorkspace",
    "toString",
    "dryRun[]",
    " dryRun",
    "batchSize",
    "maxMs",
  ];
  const values = ["", "true", "TRUE", "yes", "-1", "1e3", "0x10", "999999999999", "NaN", "null", "' OR 1=1 --", secret];
  const moreValues = ["%00", "\u0000", "../../etc/passwd", "a".repeat(5_000), '1; DROP TABLE "Lead"', ...PLANTED];
  const name = fc.oneof(fc.constantFrom(...names, ...moreNames), fc.string({ maxLength: 20 }));
  const value = fc.oneof(fc.constantFrom(...values, ...moreValues), fc.string({ maxLength: 50 }));
  const pairs = fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 4 });
  const bad = pairs
    .map((parts): Query => ({ text: `?${new URLSearchParams(parts)}`, valid: false }))
    .filter(({ text }) => !isTaken(new URLSearchParams(text)));
  const good: Query[] = [
    { text: "?dryRun=true", valid: true },
    { text: "?dryRun=1", valid: true },
  ];
  return fc.oneof({ weight: 60, arbitrary: bad }, { weight: 1, arbitrary: fc.constantFrom(...good) });
}

/** Whether the dice made up something that is right, or might be: by the contract's words, not by our parser. */
function isTaken(query: URLSearchParams): boolean {
  const entries = [...query];
  const names = entries.map(([name]) => name);
  const once = new Set(names).size === names.length;
  const known =
    /^(dryRun|clientId|workspaceLimit|hotMinutes|staleDays|leadsPerWorkspace|batchSize|maxMs|lookbackDays|staleMinutes)$/;
  return once && entries.every(([name, value]) => known.test(name) && /^(true|false|\d{1,4})$/.test(value));
}

function surroundings(): fc.Arbitrary<Pick<HostileRequest, "method" | "headers" | "body">> {
  const header = fc.constantFrom<[string, string]>(
    ["user-agent", "vercel-cron/1.0"],
    ["user-agent", PLANTED[0] ?? ""],
    ["x-forwarded-for", "127.0.0.1"],
    ["x-http-method-override", "DELETE"],
    ["content-type", "application/x-www-form-urlencoded"],
    ["accept", "text/html"],
    ["x-middleware-subrequest", "middleware"],
  );
  const body = fc.oneof(
    fc.constantFrom('{"dryRun":false}', "dryRun=false", "{", "\u0000", JSON.stringify({ clientId: PLANTED })),
    fc.string({ maxLength: 500 }),
  );
  return fc.record({
    method: fc.constantFrom("GET", "GET", "GET", "POST", "POST", "HEAD"),
    headers: fc.array(header, { maxLength: 3 }),
    body,
  });
}

/** What a header may hold: the rest does not get as far as a handler. */
function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?").trim();
}
