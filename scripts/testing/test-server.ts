/** What `createTestDatabase` has to know of the run's server; the global set-up provides it under this name. */
export interface TestServer {
  /** Connects as a user who may create databases. */
  url: string;
  /** The same through a pooler, where the run goes through one; null where it does not. */
  poolerUrl: string | null;
  /** A migrated database without rows, to be copied. */
  template: string;
  /** How the names of all databases of this run begin, so that the run can drop what a test has left. */
  prefix: string;
}

declare module "vitest" {
  interface ProvidedContext {
    testServer: TestServer;
  }
}

/** The same server and user, another database. */
export function urlOfDatabase(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.toString();
}
