import { Prisma } from "@/prisma/generated/client";

/**
 * A lead's address and number as they may be shown: enough to tell two leads apart, too little to write to anybody.
 * Masked in the statement, so that the whole never leaves the database.
 */
export const MASKED_EMAIL = Prisma.sql`
  CASE WHEN btrim(l."email") = '' OR l."email" IS NULL THEN NULL
       ELSE left(btrim(l."email"), 1) || '•••@•••' || COALESCE(substring(l."email" FROM '\.[[:alpha:]]{2,8}$'), '') END`;

export const MASKED_PHONE = Prisma.sql`
  CASE WHEN length(regexp_replace(l."phone", '\D', '', 'g')) < 4 OR l."phone" IS NULL THEN NULL
       ELSE '•••' || right(regexp_replace(l."phone", '\D', '', 'g'), 2) END`;
