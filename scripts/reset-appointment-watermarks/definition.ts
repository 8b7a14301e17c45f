import { describeReset, previewReset, resetWatermarks } from "@/lib/appointment-reconcile/reset-watermarks";
import type { CommandDefinition } from "@/lib/cli/command";
import { EXIT } from "@/lib/cli/exit";
import { dateFlag, switchFlag, textFlag, UsageError } from "@/lib/cli/flags";
import { print } from "@/lib/cli/output";

const flags = {
  "dry-run": switchFlag("count, and write nothing (the default)"),
  apply: switchFlag("write; wants --checked-before"),
  clientId: textFlag("ID", "one workspace only"),
  "checked-before": dateFlag("only leads last checked before this date or instant"),
  json: switchFlag("print one JSON object"),
};

/** The command that resets watermarks. */
export const resetWatermarksCommand: CommandDefinition<typeof flags> = {
  command: "npx tsx scripts/reset-appointment-watermarks.ts",
  summary: "Makes leads with a GHL appointment count as never checked, so that they are gone through again.",
  flags,
  check: (flags) => {
    if (flags.apply && flags["dry-run"]) throw new UsageError("--dry-run and --apply contradict each other.");
    if (flags.apply && !flags["checked-before"]) throw new UsageError("--apply wants --checked-before ISO_DATE.");
  },
  run: async ({ db }, { apply, clientId, "checked-before": checkedBefore, json }) => {
    const scope = { clientId, checkedBefore };
    const result =
      apply && checkedBefore ? await resetWatermarks(db, { ...scope, checkedBefore }) : await previewReset(db, scope);
    await print(json ? JSON.stringify(result) : describeReset(result).join("\n"));
    return EXIT.done;
  },
};
