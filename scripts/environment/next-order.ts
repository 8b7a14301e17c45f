import { z } from "zod";

/** What the keeper of a Next server is told, as JSON in its one argument. */
export const keeperOrderSchema = z.object({
  port: z.number(),
  /** `production` builds first and then serves what was built; `built` serves what is there. */
  mode: z.enum(["development", "production", "built"]),
  /** Where Next builds, relative to the project. */
  folder: z.string(),
  /** Whether the folder outlives the server, so that the next one starts with what it has compiled. */
  keepsFolder: z.boolean(),
});

export type KeeperOrder = z.infer<typeof keeperOrderSchema>;
