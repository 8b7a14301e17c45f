/** Who may use the console. */
export type ConsoleAccess =
  /** Whoever knows the password. */
  | { kind: "guarded"; password: string }
  /** Everybody: development on one's own machine. */
  | { kind: "open" }
  /** Nobody: a production server without a password must not show its leads to strangers. */
  | { kind: "closed" };

/** How the environment says the console is to be kept. */
export function consoleAccessOf(env: {
  CONSOLE_PASSWORD?: string | undefined;
  NODE_ENV?: string | undefined;
}): ConsoleAccess {
  if (env.CONSOLE_PASSWORD !== undefined) return { kind: "guarded", password: env.CONSOLE_PASSWORD };
  return env.NODE_ENV === "development" ? { kind: "open" } : { kind: "closed" };
}
