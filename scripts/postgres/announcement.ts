import { z } from "zod";

/** What a supervisor takes as its one argument. */
export const serverSettingsSchema = z.record(z.string().regex(/^[a-z_.]+$/), z.string());
export type ServerSettings = z.infer<typeof serverSettingsSchema>;

/** The one line that a supervisor prints: where its server is, or why there is none. */
export const announcementSchema = z.union([z.object({ url: z.url() }), z.object({ error: z.string() })]);
export type Announcement = z.infer<typeof announcementSchema>;
