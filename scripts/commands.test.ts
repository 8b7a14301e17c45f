import { describe, expect, it } from "vitest";
import { runScript } from "./testing/process";

describe("a command that people start by hand", () => {
  it.each(["backfill-appointments", "backfill-response-timing", "reset-appointment-watermarks", "migrate"])(
    "%s, from its sources, says how it is used",
    async (name) => {
      const script = `scripts/${name}.ts`;
      const ended = await runScript(script, ["--help"], {}, { asPeopleDo: true });
      expect(ended).toMatchObject({ code: 0, stderr: "" });
      expect(ended.stdout).toContain(`Usage: npx tsx ${script}`);
    },
  );
});
