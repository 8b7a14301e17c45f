-- AlterTable
ALTER TABLE "Client" ADD COLUMN     "backgroundSyncedAt" TIMESTAMPTZ(3),
ADD COLUMN     "messagesVerifiedAt" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "Lead" ADD COLUMN     "staleFlaggedAt" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "SyncHealth" ADD COLUMN     "lastMessageAt" TIMESTAMPTZ(3),
ADD COLUMN     "listed" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "recovered" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "ConversationMark" (
    "clientId" TEXT NOT NULL,
    "conversationId" TEXT NOT NULL,
    "comparedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ConversationMark_pkey" PRIMARY KEY ("clientId","conversationId")
);

-- AddForeignKey
ALTER TABLE "ConversationMark" ADD CONSTRAINT "ConversationMark_clientId_fkey" FOREIGN KEY ("clientId") REFERENCES "Client"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A phone number as WhatsApp knows it: E.164 digits, without a plus. Leads' numbers were typed by people and written by
-- other programs. Null where the country cannot be told, for a stranger's messages under somebody's name are worse than
-- none: a number counts as international if it begins with + or 00, if it is digits and nothing else (so programs keep
-- it), or if it is written the way of North America with its leading 1.
CREATE FUNCTION leadline_phone_digits(phone text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$
DECLARE
  -- Copied numbers bring invisible characters and dashes of every kind along.
  plain text := regexp_replace(
    regexp_replace(phone, '[\u00A0\u200B-\u200F\u202A-\u202E\u2060\uFEFF]', '', 'g'), '[\u2010-\u2015]', '-', 'g');
  -- Without a scheme (`tel:`, `whatsapp:`) in front and an extension behind.
  bare text := btrim(regexp_replace(
    regexp_replace(btrim(plain), '^[a-z]+:\s*', '', 'i'), '\s*(;|,|#|ext|x).*$', '', 'i'));
  digits text;
BEGIN
  IF bare ~ '[^0-9+().\s/-]' THEN
    RETURN NULL;
  ELSIF bare ~ '^\(?\s*(\+|00)' THEN
    -- `+44 (0)20 …`: the zero is for those who call from within the country.
    digits := regexp_replace(regexp_replace(regexp_replace(bare, '\(0\)', '', 'g'), '\D', '', 'g'), '^00', '');
  ELSIF bare ~ '^\d{8,}$' OR bare ~ '^1[\s.-]*(\(\d{3}\)[\s.-]*|[\s.-]+\d{3}[\s.-]+)\d{3}[\s.-]?\d{4}$' THEN
    digits := regexp_replace(bare, '\D', '', 'g');
  END IF;
  IF digits !~ '^[1-9]\d{6,14}$' THEN
    RETURN NULL;
  END IF;
  RETURN CASE
    -- Mexico dropped the 1 of mobile numbers and Brazil put a 9 before them; WhatsApp keeps the numbers of old accounts.
    WHEN digits ~ '^521\d{10}$' THEN '52' || substr(digits, 4)
    WHEN digits ~ '^55\d\d[6-9]\d{7}$' THEN substr(digits, 1, 4) || '9' || substr(digits, 5)
    ELSE digits
  END;
END
$$;

-- Whose phone this is.
CREATE INDEX "Lead_phone_idx" ON "Lead" ("clientId", leadline_phone_digits("phone")) WHERE "phone" IS NOT NULL;

-- Whose turn it is to be flagged: never flagged first, then the one whose flag is oldest, and of these the one that has
-- been quiet for longest. Without the turn, those that are quiet for longest would be flagged every day and the others
-- never.
CREATE INDEX "Lead_stale_turn_idx" ON "Lead"
  ("clientId", "staleFlaggedAt" NULLS FIRST, (COALESCE("lastActivityAt", "updatedAt", "createdAt")), "id")
  WHERE "status" NOT IN ('archived', 'converted');

-- Whether a message is on record, whichever lead of the workspace has it.
CREATE INDEX "Message_whatsapp_idx" ON "Message" ("externalId") WHERE "channel" = 'whatsapp' AND "externalId" IS NOT NULL;
