import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@": fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "") } },
  test: {
    include: ["{app,lib,prisma,scripts}/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // On two cores too: much of a test's time is waiting for PostgreSQL, for providers and for processes.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    globalSetup: "scripts/testing/global-setup.ts",
    reporters: ["default", "./scripts/testing/count-reporter.ts"],
  },
});
