-- CreateTable
CREATE TABLE "ResponseTimingChange" (
    "id" BIGSERIAL NOT NULL,
    "leadId" TEXT,
    "channel" TEXT,
    "messageId" TEXT,
    "fromSentAt" TIMESTAMPTZ(3),
    "changedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "ResponseTimingChange_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ProcessorMark" (
    "processor" TEXT NOT NULL,
    "inboundSentAt" TIMESTAMPTZ(3),
    "processedAt" TIMESTAMPTZ(3),
    "triggers" TEXT,
    "lookbackDays" INTEGER,
    "sliceEnds" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "slice" INTEGER NOT NULL DEFAULT 0,
    "sliceCursor" TEXT,
    "slicesLeft" INTEGER NOT NULL DEFAULT 0,
    "sampleCursor" TEXT,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ProcessorMark_pkey" PRIMARY KEY ("processor")
);

-- CreateIndex
CREATE INDEX "ResponseTimingChange_leadId_channel_idx" ON "ResponseTimingChange"("leadId", "channel");

-- CreateIndex
CREATE INDEX "Lead_clientId_id_idx" ON "Lead"("clientId", "id");

-- Entries live for minutes: without this the dead ones at the head of the queue are what every run reads first.
ALTER TABLE "ResponseTimingChange"
  SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_insert_threshold = -1);

-- Whether a message counts for response timing at all. Its body is parsed now, whatever search_path a caller has, and
-- planned as part of the caller's statement.
CREATE FUNCTION response_timing_eligible("direction" text, "kind" text, "deliveryStatus" text, "deletedAt" timestamptz)
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN "deletedAt" IS NULL AND CASE
  WHEN "direction" = 'inbound' THEN COALESCE("kind" NOT IN ('auto_reply', 'reaction'), true)
  ELSE COALESCE("kind" NOT IN ('sequence', 'campaign', 'system', 'auto_reply', 'reaction'), true)
    AND COALESCE("deliveryStatus" NOT IN ('failed', 'bounced'), true)
END;

-- The delay of an automatic reply: lib/background-jobs/delayed-auto-send.ts says it in TypeScript, and a test holds the
-- two together. The hash runs over UTF-16 code units; the plain loop is for ids of ASCII, which have one byte for each.
CREATE FUNCTION response_timing_chosen_delay("triggerMessageId" text, "minSeconds" int, "maxSeconds" int)
RETURNS int LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  bytes bytea;
  code int;
  hash bigint := 0;
BEGIN
  IF "maxSeconds" <= "minSeconds" THEN
    RETURN "minSeconds";
  END IF;
  bytes := convert_to("triggerMessageId", 'UTF8');
  IF length(bytes) = length("triggerMessageId") THEN
    FOR place IN 0 .. length(bytes) - 1 LOOP
      hash := (hash * 31 + get_byte(bytes, place)) & 4294967295;
    END LOOP;
  ELSE
    FOR place IN 1 .. length("triggerMessageId") LOOP
      code := ascii(substr("triggerMessageId", place, 1));
      IF code >= 65536 THEN
        hash := (hash * 31 + 55296 + ((code - 65536) >> 10)) & 4294967295;
        code := 56320 + ((code - 65536) & 1023);
      END IF;
      hash := (hash * 31 + code) & 4294967295;
    END LOOP;
  END IF;
  IF hash >= 2147483648 THEN
    hash := 4294967296 - hash;
  END IF;
  RETURN "minSeconds" + hash % ("maxSeconds"::bigint - "minSeconds" + 1);
END $$;

-- What a statement did to messages, as threads see it: rows that differ before and after it in anything that counts.
-- A row that no thread sees on either side, and one whose body alone was edited, leave nothing behind. The comparison is
-- of sets and not by id, so that an id may change as well. Each thread is noted with the earliest place that differs:
-- what lies before it is as it was.
CREATE FUNCTION response_timing_note_messages() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ResponseTimingChange" ("leadId", "channel", "fromSentAt")
    SELECT "leadId", "channel", min("sentAt") FROM "rowsAfter"
    WHERE response_timing_eligible("direction", "kind", "deliveryStatus", "deletedAt")
    GROUP BY "leadId", "channel";
  ELSIF TG_OP = 'DELETE' THEN
    -- With a lead go the rows of its threads: nothing is left to recompute. The lead is asked for as a value, which is one
    -- look into an index whatever the planner expects: a session keeps a function's plan, made for one row or a million.
    INSERT INTO "ResponseTimingChange" ("leadId", "channel", "fromSentAt")
    SELECT "leadId", "channel", "fromSentAt" FROM (
      SELECT "leadId", "channel", min("sentAt") AS "fromSentAt" FROM "rowsBefore"
      WHERE response_timing_eligible("direction", "kind", "deliveryStatus", "deletedAt")
      GROUP BY "leadId", "channel"
    ) AS touched
    WHERE (SELECT l."id" FROM "Lead" l WHERE l."id" = touched."leadId") IS NOT NULL;
  ELSE
    WITH "seenBefore" AS (
      SELECT "id", "leadId", "channel", "direction", "sentBy", "sentByUserId", "aiDraftId", "sentAt", "createdAt"
      FROM "rowsBefore" WHERE response_timing_eligible("direction", "kind", "deliveryStatus", "deletedAt")
    ), "seenAfter" AS (
      SELECT "id", "leadId", "channel", "direction", "sentBy", "sentByUserId", "aiDraftId", "sentAt", "createdAt"
      FROM "rowsAfter" WHERE response_timing_eligible("direction", "kind", "deliveryStatus", "deletedAt")
    )
    INSERT INTO "ResponseTimingChange" ("leadId", "channel", "fromSentAt")
    SELECT "leadId", "channel", min("sentAt") FROM (
      (TABLE "seenBefore" EXCEPT TABLE "seenAfter") UNION ALL (TABLE "seenAfter" EXCEPT TABLE "seenBefore")
    ) AS different
    GROUP BY "leadId", "channel";
  END IF;
  RETURN NULL;
END $$;

-- Drafts and jobs are noted by the message that they name, before and after. Its thread is looked up when the entry is
-- taken: here the message may be another transaction's that has not committed, and by then it may have moved. The thread
-- that it is in now, if any, only lets the entry be taken together with others. LIMIT keeps that one look into an index.
CREATE FUNCTION response_timing_note_drafts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ResponseTimingChange" ("messageId", "leadId", "channel")
    SELECT DISTINCT r."triggerMessageId", m."leadId", m."channel"
    FROM "rowsAfter" r LEFT JOIN LATERAL (SELECT "leadId", "channel" FROM "Message" WHERE "id" = r."triggerMessageId" LIMIT 1) AS m ON true
    WHERE r."triggerMessageId" IS NOT NULL;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO "ResponseTimingChange" ("messageId", "leadId", "channel")
    SELECT DISTINCT r."triggerMessageId", m."leadId", m."channel"
    FROM "rowsBefore" r LEFT JOIN LATERAL (SELECT "leadId", "channel" FROM "Message" WHERE "id" = r."triggerMessageId" LIMIT 1) AS m ON true
    WHERE r."triggerMessageId" IS NOT NULL;
  ELSE
    INSERT INTO "ResponseTimingChange" ("messageId", "leadId", "channel")
    SELECT DISTINCT different."triggerMessageId", m."leadId", m."channel" FROM (
      (SELECT "id", "triggerMessageId" FROM "rowsBefore" EXCEPT SELECT "id", "triggerMessageId" FROM "rowsAfter")
      UNION ALL
      (SELECT "id", "triggerMessageId" FROM "rowsAfter" EXCEPT SELECT "id", "triggerMessageId" FROM "rowsBefore")
    ) AS different
    LEFT JOIN LATERAL (SELECT "leadId", "channel" FROM "Message" WHERE "id" = different."triggerMessageId" LIMIT 1) AS m ON true
    WHERE different."triggerMessageId" IS NOT NULL;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION response_timing_note_jobs() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "ResponseTimingChange" ("messageId", "leadId", "channel")
    SELECT DISTINCT r."messageId", m."leadId", m."channel"
    FROM "rowsAfter" r LEFT JOIN LATERAL (SELECT "leadId", "channel" FROM "Message" WHERE "id" = r."messageId" LIMIT 1) AS m ON true
    WHERE r."type" = 'AI_AUTO_SEND_DELAYED' AND r."draftId" IS NOT NULL;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO "ResponseTimingChange" ("messageId", "leadId", "channel")
    SELECT DISTINCT r."messageId", m."leadId", m."channel"
    FROM "rowsBefore" r LEFT JOIN LATERAL (SELECT "leadId", "channel" FROM "Message" WHERE "id" = r."messageId" LIMIT 1) AS m ON true
    WHERE r."type" = 'AI_AUTO_SEND_DELAYED' AND r."draftId" IS NOT NULL;
  ELSE
    WITH "seenBefore" AS (
      SELECT "id", "messageId", "draftId", "runAt", "startedAt", "finishedAt", "createdAt" FROM "rowsBefore"
      WHERE "type" = 'AI_AUTO_SEND_DELAYED' AND "draftId" IS NOT NULL
    ), "seenAfter" AS (
      SELECT "id", "messageId", "draftId", "runAt", "startedAt", "finishedAt", "createdAt" FROM "rowsAfter"
      WHERE "type" = 'AI_AUTO_SEND_DELAYED' AND "draftId" IS NOT NULL
    )
    INSERT INTO "ResponseTimingChange" ("messageId", "leadId", "channel")
    SELECT DISTINCT different."messageId", m."leadId", m."channel" FROM (
      (TABLE "seenBefore" EXCEPT TABLE "seenAfter") UNION ALL (TABLE "seenAfter" EXCEPT TABLE "seenBefore")
    ) AS different
    LEFT JOIN LATERAL (SELECT "leadId", "channel" FROM "Message" WHERE "id" = different."messageId" LIMIT 1) AS m ON true;
  END IF;
  RETURN NULL;
END $$;

-- A table that is emptied at a stroke has no rows to tell of. Only threads that have events can be wrong after it.
CREATE FUNCTION response_timing_note_truncation() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO "ResponseTimingChange" ("leadId", "channel")
  SELECT DISTINCT "leadId", "channel" FROM "ResponseTimingEvent";
  RETURN NULL;
END $$;

-- A lead takes its events along when it goes, but not those of messages that have become another lead's: two leads are
-- merged by moving the messages of one and deleting it, often before any run has seen the move, and what such an event
-- has saved is nowhere else.
CREATE FUNCTION response_timing_refile_events() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  WITH refiled AS (
    UPDATE "ResponseTimingEvent" e
    SET "leadId" = m."leadId", "channel" = m."channel", "clientId" = l."clientId", "updatedAt" = now()
    FROM "Message" m JOIN "Lead" l ON l."id" = m."leadId"
    WHERE e."leadId" = OLD."id" AND m."id" = e."inboundMessageId" AND m."leadId" <> OLD."id"
    RETURNING e."leadId", e."channel"
  )
  INSERT INTO "ResponseTimingChange" ("leadId", "channel") SELECT DISTINCT "leadId", "channel" FROM refiled;
  RETURN OLD;
END $$;

-- How the triggers stand, for telling whether they ever stood otherwise: switching one off and on again, also within one
-- transaction, writes its row in the catalogue anew, so that no two states between which it was off are the same. Null
-- while one is missing or off, or while rows arrive by logical replication, which fires no statement's trigger.
CREATE FUNCTION response_timing_triggers() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT CASE WHEN count(*) = 13 AND bool_and(t.tgenabled IN ('A', 'O')) AND NOT bool_or(replicated.somehow)
    THEN string_agg(concat_ws(' ', t.oid, t.xmin, t.tgenabled), ', ' ORDER BY t.oid) END
  FROM pg_trigger t
  CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM pg_subscription_rel r WHERE r.srrelid = t.tgrelid) AS somehow
  ) AS replicated
  WHERE t.tgname LIKE 'ResponseTiming\_%' AND t.tgrelid IN (
    '"Message"'::regclass, '"AIDraft"'::regclass, '"BackgroundJob"'::regclass, '"Lead"'::regclass
  )
$$;

-- Writers come with any search_path, and with no rights on the queue: the functions run with their owner's, on the
-- schema that they were made in.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY
    ARRAY['note_messages', 'note_drafts', 'note_jobs', 'note_truncation', 'refile_events', 'triggers']
  LOOP
    EXECUTE format('ALTER FUNCTION response_timing_%s() SET search_path = %I, pg_temp', name, current_schema());
  END LOOP;
END $$;

-- A trigger that looks at the rows of a statement can be for one kind of statement only. ALWAYS: also where a session
-- replays or restores (session_replication_role = replica).
DO $$
DECLARE
  note record;
BEGIN
  FOR note IN
    SELECT * FROM (VALUES ('Message', 'messages'), ('AIDraft', 'drafts'), ('BackgroundJob', 'jobs')) AS n("table", "what")
  LOOP
    EXECUTE format(
      'CREATE TRIGGER "ResponseTiming_insert" AFTER INSERT ON %I
         REFERENCING NEW TABLE AS "rowsAfter"
         FOR EACH STATEMENT EXECUTE FUNCTION response_timing_note_%s()', note."table", note."what");
    EXECUTE format(
      'CREATE TRIGGER "ResponseTiming_update" AFTER UPDATE ON %I
         REFERENCING OLD TABLE AS "rowsBefore" NEW TABLE AS "rowsAfter"
         FOR EACH STATEMENT EXECUTE FUNCTION response_timing_note_%s()', note."table", note."what");
    EXECUTE format(
      'CREATE TRIGGER "ResponseTiming_delete" AFTER DELETE ON %I
         REFERENCING OLD TABLE AS "rowsBefore"
         FOR EACH STATEMENT EXECUTE FUNCTION response_timing_note_%s()', note."table", note."what");
    EXECUTE format(
      'CREATE TRIGGER "ResponseTiming_truncate" BEFORE TRUNCATE ON %I
         FOR EACH STATEMENT EXECUTE FUNCTION response_timing_note_truncation()', note."table");
    EXECUTE format(
      'ALTER TABLE %I ENABLE ALWAYS TRIGGER "ResponseTiming_insert", ENABLE ALWAYS TRIGGER "ResponseTiming_update",
         ENABLE ALWAYS TRIGGER "ResponseTiming_delete", ENABLE ALWAYS TRIGGER "ResponseTiming_truncate"', note."table");
  END LOOP;
END $$;

CREATE TRIGGER "ResponseTiming_refile" BEFORE DELETE ON "Lead"
  FOR EACH ROW EXECUTE FUNCTION response_timing_refile_events();
ALTER TABLE "Lead" ENABLE ALWAYS TRIGGER "ResponseTiming_refile";

-- A database without messages holds none that the triggers have not seen, and its first runs need not look for any.
-- Nothing depends on this row: where it is missing, they look.
INSERT INTO "ProcessorMark" ("processor", "triggers")
SELECT 'response-timing', response_timing_triggers()
WHERE NOT EXISTS (SELECT FROM "Message") AND NOT EXISTS (SELECT FROM "ResponseTimingEvent");
