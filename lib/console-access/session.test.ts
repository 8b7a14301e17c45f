import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { consoleAccessOf } from "./access";
import { isPassword, isSession, SESSION_MS_MAX, sealSession } from "./session";

const SECRETS = { password: "a-password", cronSecret: "a-secret-for-tests-only" };
const NOW = new Date("2030-03-01T12:00:00Z");
const later = (ms: number) => new Date(NOW.getTime() + ms);

describe("the console", () => {
  it.each([
    ["guarded with a password", { CONSOLE_PASSWORD: "x", NODE_ENV: "production" }, "guarded"],
    ["guarded with a password, also in development", { CONSOLE_PASSWORD: "x", NODE_ENV: "development" }, "guarded"],
    ["open without one in development", { NODE_ENV: "development" }, "open"],
    ["closed without one in production", { NODE_ENV: "production" }, "closed"],
    ["closed without one where nobody says", {}, "closed"],
  ])("is %s", (_, env, kind) => {
    expect(consoleAccessOf(env).kind).toBe(kind);
  });
});

describe("a session", () => {
  it("is good until its time is over", async () => {
    const token = await sealSession(SECRETS, NOW);
    expect(await isSession(token, SECRETS, NOW)).toBe(true);
    expect(await isSession(token, SECRETS, later(SESSION_MS_MAX - 1_000))).toBe(true);
    expect(await isSession(token, SECRETS, later(SESSION_MS_MAX))).toBe(false);
  });

  it.each([
    ["the password", { ...SECRETS, password: "another-password" }],
    ["the cron secret", { ...SECRETS, cronSecret: "another-secret-for-tests" }],
  ])("ends when %s changes", async (_, changed) => {
    const token = await sealSession(SECRETS, NOW);
    expect(await isSession(token, changed, NOW)).toBe(false);
  });

  it("is no token of anybody else's, nor one that was touched", async () => {
    const token = await sealSession(SECRETS, NOW);
    const [header = "", payload = "", signature = ""] = token.split(".");
    const endless = Buffer.from(JSON.stringify({ aud: "leadline-console", iat: 0, exp: 9e9 })).toString("base64url");
    const unsigned = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
    const foreign = await new SignJWT()
      .setProtectedHeader({ alg: "HS256" })
      .setAudience("leadline-console")
      .setIssuedAt(NOW)
      .setExpirationTime(later(1_000))
      .sign(Buffer.from(SECRETS.password));
    const forged = [`${header}.${endless}.${signature}`, `${unsigned}.${payload}.`, foreign, "", "x.y.z", undefined];
    for (const attempt of forged) expect(await isSession(attempt, SECRETS, NOW)).toBe(false);
  });

  it("has to say when it ends", async () => {
    const token = await sealSession(SECRETS, NOW);
    expect(JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString())).toEqual({
      aud: "leadline-console",
      iat: NOW.getTime() / 1_000,
      exp: (NOW.getTime() + SESSION_MS_MAX) / 1_000,
    });
  });
});

describe("a password", () => {
  it.each([
    ["the same", "a-password", true],
    ["shorter", "a-passwor", false],
    ["longer", "a-password!", false],
    ["empty", "", false],
  ])("that is %s", (_, presented, right) => {
    expect(isPassword(presented, SECRETS.password)).toBe(right);
  });
});
