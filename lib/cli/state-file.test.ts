import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type BackfillState,
  fingerprintOf,
  readStateFile,
  StateRefusedError,
  StateUnwritableError,
  writeStateFile,
} from "./state-file";

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "leadline-state-"));
  file = path.join(folder, "state.json");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const STATE: BackfillState = {
  version: 1,
  job: "appointments",
  mode: "apply",
  runId: "run-1",
  database: "leadline",
  identity: { clientId: null, staleDays: 7 },
  fingerprint: "0123456789abcdef",
  status: "running",
  startedAt: "2030-03-12T10:00:00.000Z",
  savedAt: "2030-03-12T10:05:00.000Z",
  units: { "workspace-1": { cursor: "lead-17", done: false, counts: { unchanged: 12 } } },
  failed: [{ leadId: "lead-3", unit: "workspace-1", reason: "GHL: no answer" }],
};

describe("a state file", () => {
  it("says what was written, and leaves nothing else in its folder", async () => {
    await writeStateFile(file, STATE);
    await writeStateFile(file, { ...STATE, status: "stopped" });
    expect(await readStateFile(file)).toEqual({ ...STATE, status: "stopped" });
    expect(await readdir(folder)).toEqual(["state.json"]);
  });

  it("that is not there is no state", async () => {
    expect(await readStateFile(path.join(folder, "none.json"))).toBeNull();
  });

  it("that was cut at any length is refused", async () => {
    await writeStateFile(file, STATE);
    const whole = await readFile(file);
    // Without the line's end it is still whole.
    for (let length = 0; length < whole.length - 1; length++) {
      await writeFile(file, whole.subarray(0, length));
      await expect(readStateFile(file), `${length} bytes`).rejects.toThrow(StateRefusedError);
    }
  });

  it("with any single bit flipped is refused", async () => {
    await writeStateFile(file, STATE);
    const whole = await readFile(file);
    const damaged = path.join(folder, "damaged.json");
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await writeFile(damaged, flipped);
      await expect(readStateFile(damaged), `bit ${bit}`).rejects.toThrow(StateRefusedError);
    }
    await rm(damaged);
  });

  it.each([
    ["another version", { ...STATE, version: 2 }],
    ["a field too many", { ...STATE, more: true }],
    ["a field too few", { ...STATE, units: undefined }],
  ])("of %s is refused although it is whole", async (_name, content) => {
    await writeStateFile(file, content as BackfillState);
    await expect(readStateFile(file)).rejects.toThrow("is not a state file of this version");
  });

  it.each([path.join("/proc", "state.json"), path.join("/no-such-folder", "state.json")])(
    "that cannot be written (%s) is an error that says what to do",
    async (unwritable) => {
      const written = writeStateFile(unwritable, STATE);
      await expect(written).rejects.toThrow(StateUnwritableError);
      await expect(written).rejects.toThrow("Nothing is lost");
    },
  );

  it("that is a folder is refused", async () => {
    await expect(readStateFile(folder)).rejects.toThrow(StateRefusedError);
  });
});

describe("the fingerprint of a run", () => {
  it("depends on the job, the mode and each flag, and not on their order", () => {
    const one = fingerprintOf("appointments", "apply", { staleDays: 7, clientId: null });
    expect(fingerprintOf("appointments", "apply", { clientId: null, staleDays: 7 })).toBe(one);
    const others = [
      fingerprintOf("response-timing", "apply", { staleDays: 7, clientId: null }),
      fingerprintOf("appointments", "dry-run", { staleDays: 7, clientId: null }),
      fingerprintOf("appointments", "apply", { staleDays: 8, clientId: null }),
      fingerprintOf("appointments", "apply", { staleDays: 7, clientId: "one" }),
    ];
    expect(new Set([one, ...others]).size).toBe(5);
  });
});
