import type { Client } from "pg";

/**
 * A witness inside the scratch database: triggers that note what no reading afterwards could tell. Nothing of the
 * program knows of it.
 */

/** A value that may only grow, and the row that it belongs to. */
const FORWARD_ONLY = [
  { table: "Lead", column: "appointmentLastCheckedAt", key: "id" },
  { table: "Client", column: "appointmentReconciledAt", key: "id" },
  { table: "Appointment", column: "providerUpdatedAt", key: "externalId" },
  { table: "Client", column: "followUpsServedAt", key: "id" },
  { table: "Client", column: "messagesVerifiedAt", key: "id" },
  { table: "Lease", column: "fence", key: "key" },
  { table: "BackfillCursor", column: "cursor", key: "unit" },
] as const;

/** Notes every value that is moved back, every change of a circuit, every booking, and every statement that writes. */
export async function installWitness(client: Client): Promise<void> {
  await client.query(`
    CREATE SCHEMA witness;
    CREATE TABLE witness.moved_back (what text, key text, was text, became text);
    CREATE TABLE witness.circuit (client_id text, provider text, opened_at timestamptz, open_until timestamptz,
      noted_at timestamptz DEFAULT clock_timestamp());
    CREATE TABLE witness.booked (lead_id text, at timestamptz);
    CREATE TABLE witness.writes (table_name text, at timestamptz DEFAULT clock_timestamp());
    CREATE FUNCTION witness.note_moved_back() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE was text := to_jsonb(OLD) ->> TG_ARGV[0]; became text := to_jsonb(NEW) ->> TG_ARGV[0]; back boolean;
    BEGIN
      EXECUTE format('SELECT $1.%1$I < $2.%1$I', TG_ARGV[0]) USING NEW, OLD INTO back;
      IF back THEN
        INSERT INTO witness.moved_back VALUES (TG_TABLE_NAME || '.' || TG_ARGV[0], to_jsonb(NEW) ->> TG_ARGV[1], was, became);
      END IF;
      RETURN NULL;
    END $$;
    CREATE FUNCTION witness.note_circuit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO witness.circuit VALUES (NEW."clientId", NEW."provider", NEW."openedAt", NEW."openUntil");
      RETURN NULL;
    END $$;
    CREATE FUNCTION witness.note_booked() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO witness.booked VALUES (NEW."id", clock_timestamp()); RETURN NULL; END $$;
    CREATE FUNCTION witness.note_write() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO witness.writes (table_name) VALUES (TG_TABLE_NAME); RETURN NULL; END $$;
    CREATE TRIGGER witness_booked AFTER UPDATE OF "status" ON "Lead" FOR EACH ROW
      WHEN (NEW."status" = 'meeting-booked' AND OLD."status" <> 'meeting-booked') EXECUTE FUNCTION witness.note_booked();
    CREATE TRIGGER witness_circuit AFTER INSERT OR UPDATE ON "Circuit"
      FOR EACH ROW EXECUTE FUNCTION witness.note_circuit();`);
  for (const { table, column, key } of FORWARD_ONLY) {
    await client.query(`
      CREATE TRIGGER "witness_${column}" AFTER UPDATE OF "${column}" ON "${table}"
      FOR EACH ROW WHEN (NEW."${column}" IS DISTINCT FROM OLD."${column}")
      EXECUTE FUNCTION witness.note_moved_back('${column}', '${key}')`);
  }
  const { rows } = await client.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname !~ '^_'",
  );
  for (const { name } of rows) {
    await client.query(`
      CREATE TRIGGER witness_writes AFTER INSERT OR UPDATE OR DELETE ON "${name}"
      FOR EACH STATEMENT EXECUTE FUNCTION witness.note_write()`);
  }
}

export interface MovedBack {
  what: string;
  key: string;
  was: string;
  became: string;
}

export async function readMovedBack(client: Client): Promise<MovedBack[]> {
  const { rows } = await client.query<MovedBack>("SELECT what, key, was, became FROM witness.moved_back");
  return rows;
}

/** The time by the database's clock, in milliseconds since 1970. */
export async function readNowMs(client: Client): Promise<number> {
  const { rows } = await client.query<{ now: number }>(
    "SELECT extract(epoch FROM clock_timestamp())::double precision * 1000 AS now",
  );
  return rows[0]?.now ?? Number.NaN;
}

export interface CircuitOpening {
  clientId: string;
  provider: string;
  openedAt: Date;
  openUntil: Date;
}

/** Every time that a circuit opened, in order. */
export async function readOpenings(client: Client): Promise<CircuitOpening[]> {
  const { rows } = await client.query<CircuitOpening>(`
    SELECT DISTINCT client_id AS "clientId", provider, opened_at AS "openedAt", open_until AS "openUntil"
    FROM witness.circuit WHERE open_until IS NOT NULL ORDER BY opened_at`);
  return rows;
}

export interface CircuitClosing {
  clientId: string;
  provider: string;
  closedAt: Date;
}

/** Every time that a circuit was found closed, in order. */
export async function readClosings(client: Client): Promise<CircuitClosing[]> {
  const { rows } = await client.query<CircuitClosing>(`
    SELECT client_id AS "clientId", provider, noted_at AS "closedAt"
    FROM witness.circuit WHERE open_until IS NULL ORDER BY noted_at`);
  return rows;
}

/** The tables that were written to, each with the number of statements. */
export async function readWrites(client: Client): Promise<Map<string, number>> {
  const { rows } = await client.query<{ name: string; count: number }>(
    "SELECT table_name AS name, count(*)::int AS count FROM witness.writes GROUP BY 1",
  );
  return new Map(rows.map(({ name, count }) => [name, count]));
}

export async function forgetAll(client: Client): Promise<void> {
  await client.query("TRUNCATE witness.moved_back, witness.circuit, witness.booked, witness.writes");
}

/** Does something that the witness does not see: what the passing of time or another program would do. */
export async function unseen(client: Client, sql: string, values: unknown[] = []): Promise<void> {
  await client.query("BEGIN");
  await client.query("SET LOCAL session_replication_role = replica");
  await client.query(sql, values);
  await client.query("COMMIT");
}
