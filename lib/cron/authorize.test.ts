import { describe, expect, it } from "vitest";
import { CRON_SECRET_LENGTH_MIN } from "@/lib/env";
import { authorize } from "./authorize";

const SECRET = "a-secret-for-tests-only";

describe("a request", () => {
  it.each([
    ["the secret", `Bearer ${SECRET}`],
    ["the scheme in small letters, as HTTP allows", `bearer ${SECRET}`],
    ["the scheme in capitals", `BEARER ${SECRET}`],
    ["more than one space before the secret", `Bearer    ${SECRET}`],
    ["space after the secret", `Bearer ${SECRET}  `],
  ])("with %s is let in", (_, authorization) => {
    expect(authorize(new Headers({ authorization }), SECRET)).toBe("authorized");
  });

  it.each([
    ["nothing", ""],
    ["another secret", "Bearer another-secret-of-tests"],
    ["the scheme alone", "Bearer"],
    ["the scheme and a space", "Bearer "],
    ["the secret alone", SECRET],
    ["another scheme", `Basic ${SECRET}`],
    ["a longer scheme", `XBearer ${SECRET}`],
    ["no space after the scheme", `Bearer${SECRET}`],
    ["the scheme twice", `Bearer Bearer ${SECRET}`],
    ["the beginning of the secret", `Bearer ${SECRET.slice(0, -1)}`],
    ["the end of the secret", `Bearer ${SECRET.slice(1)}`],
    ["more than the secret", `Bearer ${SECRET}x`],
    ["the secret and another word", `Bearer ${SECRET} ${SECRET}`],
    ["the secret after a word", `Bearer x ${SECRET}`],
    ["the secret in capitals", `Bearer ${SECRET.toUpperCase()}`],
    ["the secret in quotes", `Bearer "${SECRET}"`],
    ["the word undefined", "Bearer undefined"],
    ["letters beyond ASCII", `Bearer ${SECRET.replace("e", "é")}`],
    ["bytes beyond ASCII", `Bearer ${Buffer.from("ключ").toString("latin1")}`],
    ["a very long secret", `Bearer ${SECRET.repeat(10_000)}`],
  ])("with %s is not", (_, authorization) => {
    expect(authorize(new Headers({ authorization }), SECRET)).toBe("unauthorized");
  });

  it("without the header is not, wherever else it says the secret", () => {
    expect(authorize(new Headers(), SECRET)).toBe("unauthorized");
    expect(authorize(new Headers({ "x-cron-secret": SECRET, cookie: `Bearer ${SECRET}` }), SECRET)).toBe(
      "unauthorized",
    );
  });

  it("with the header twice is not", () => {
    const headers = new Headers({ authorization: `Bearer ${SECRET}` });
    headers.append("authorization", `Bearer ${SECRET}`);
    expect(authorize(headers, SECRET)).toBe("unauthorized");
  });
});

describe("a deployment", () => {
  it.each([
    ["no secret", undefined, "Bearer undefined"],
    ["no secret", undefined, "Bearer null"],
    ["an empty secret", "", "Bearer "],
    [
      "a secret that is too short",
      "a".repeat(CRON_SECRET_LENGTH_MIN - 1),
      `Bearer ${"a".repeat(CRON_SECRET_LENGTH_MIN - 1)}`,
    ],
  ])("with %s lets nobody in, and says why: %j", (_, secret, authorization) => {
    expect(authorize(new Headers({ authorization }), secret)).toBe("misconfigured");
  });

  it("is content with a secret of 16 characters", () => {
    expect(CRON_SECRET_LENGTH_MIN).toBe(16);
    expect(authorize(new Headers({ authorization: "Bearer 0123456789abcdef" }), "0123456789abcdef")).toBe("authorized");
  });
});
