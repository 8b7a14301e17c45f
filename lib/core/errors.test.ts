import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeError, isProviderFailure, ProviderError, type ProviderErrorKind } from "./errors";

describe("an error's description", () => {
  it.each<[what: string, message: string, secrets: string[]]>([
    ["an e-mail address", "no contact for jane.doe+x@mail.example.com, sorry", ["jane", "mail.example"]],
    ["an e-mail address in quotes", `{"email":"jane@example.com"}`, ["jane", "example.com"]],
    ["an e-mail address in brackets", "to Jane <jane@example.com> (jane@example.com)", ["jane@", "example.com"]],
    ["an e-mail address in a query", "GET /contacts?query=jane%40example.com&limit=1", ["jane", "example.com"]],
    ["an e-mail address beyond ASCII", "jürgen@müller.example", ["jürgen", "müller"]],
    ["a bearer token", "sent Bearer abc.def-ghi_jkl~123+/=", ["abc.def", "ghi_jkl", "123"]],
    ["a header", `authorization: bearer s3cr3t-s3cr3t`, ["s3cr3t"]],
    ["basic credentials", "Authorization: Basic dXNlcjpwYXNz", ["dXNlcjpwYXNz"]],
    ["a private integration token", "refused pit-0b1c2d3e-4f5a-6b7c", ["0b1c2d3e", "6b7c"]],
    ["a web token", "refused eyJraWQiOiIxIn0.eyJpc3MiOiJjIn0.c2lnbmF0dXJl", ["eyJ", "c2lnbmF0dXJl"]],
    ["a URL's password", "cannot reach postgresql://app:hunter22@localhost:5432/db", ["hunter22"]],
    ["a URL's password at a host with dots", "postgresql://app:hunter22@db.example.com/db", ["hunter22"]],
    ["a URL's password with an @ inside", "postgresql://app:hunt@er22@localhost/db", ["hunt", "er22"]],
    ["a URL's password with a slash inside", "postgresql://app:hunt/er22@db.example.com/db", ["hunt", "er22"]],
    ["a phone number", "no conversation with +4915112345678.", ["4915112345678"]],
    ["a phone number with spaces", "no conversation with +49 151 123 456 78.", ["151", "456"]],
    ["a phone number the American way", "call +1 (555) 010-9999 or (555) 010-9999", ["555", "010", "9999"]],
    ["a phone number with dots", "call 555.010.9999 now", ["555", "9999"]],
  ])("does not repeat %s", (_, message, secrets) => {
    const described = describeError(new Error(message));
    for (const secret of secrets) expect(described).not.toContain(secret);
    expect(described).toContain("[redacted]");
  });

  it.each([
    "the lease on appointment-reconcile:0b1c2d3e-1234-4321-8123-123456789012 was lost",
    "GHL GET /contacts/ocQHyuzHvysMo5N5VsXc/appointments answered 500 after 3 attempts",
    "connect ECONNREFUSED 127.0.0.1:5432",
    "must be a whole number from 250 to 120000",
    "due since 2026-11-22T16:58:59.123Z",
  ])("keeps what helps: %s", (message) => {
    expect(describeError(new Error(message))).toBe(message);
  });

  it.each<[what: string, thrown: unknown, described: string]>([
    ["a string", "out of luck", "out of luck"],
    ["several lines", new Error("\nInvalid invocation:\n\n\n  no luck\n"), "Invalid invocation: no luck"],
    ["nothing", undefined, "undefined"],
    ["an object like an error", { message: "of another realm" }, "of another realm"],
    ["an object without a message", { code: 7 }, "something was thrown that is no error"],
    ["an error without a message", new RangeError(), "RangeError"],
    [
      "several errors in one",
      new AggregateError([new Error("::1 refused"), new Error("127.0.0.1 refused")]),
      "::1 refused; 127.0.0.1 refused",
    ],
  ])("says what it can of %s", (_, thrown, described) => {
    expect(describeError(thrown)).toBe(described);
  });

  it("can be had of anything, and stored as text and in JSON", () => {
    const anything = fc.oneof(fc.anything({ withNullPrototype: true }), fc.string({ unit: "binary" }).map(Error));
    fc.assert(
      fc.property(anything, (thrown) => {
        expect(describeError(thrown)).not.toMatch(/[\0\p{Surrogate}]/u);
      }),
    );
    expect(describeError(new Error("a\0b\ud800c"))).toBe("a\ufffdb\ufffdc");
  });
});

describe("a provider's error", () => {
  it.each<[ProviderErrorKind, boolean]>([
    ["transient", true],
    ["malformed", true],
    ["auth", true],
    ["rate_limited", false],
    ["not_found", false],
    ["permanent", false],
  ])("of kind %s tells against the provider: %s", (kind, expected) => {
    expect(isProviderFailure(new ProviderError("no", { kind }))).toBe(expected);
  });

  it("keeps what decides, and says null for what it does not know", () => {
    const cause = new Error("socket hang up");
    expect(new ProviderError("no", { kind: "rate_limited", status: 429, retryAfterMs: 10, cause })).toMatchObject({
      name: "ProviderError",
      message: "no",
      status: 429,
      retryAfterMs: 10,
      credentialDead: false,
      cause,
    });
    expect(new ProviderError("no", { kind: "auth", credentialDead: true })).toMatchObject({
      status: null,
      retryAfterMs: null,
      credentialDead: true,
    });
  });
});
