import { Client } from "pg";

/** Lends `work` a connection of its own and closes it afterwards. */
export async function withPg<T>(connectionString: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString });
  // A test may drop the database or stop the server under the connection: the query says so, that is enough.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
