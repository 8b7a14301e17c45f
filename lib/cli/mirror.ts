import type { Books } from "./books";
import { type BackfillState, writeStateFile } from "./state-file";

/** What a state file says of its run whatever happens. */
export type StateHead = Omit<BackfillState, "status" | "savedAt" | "units" | "failed">;

/** Keeps a state file in step with the books. Writes that are asked for while one is under way become one. */
export class Mirror {
  private writing: Promise<void> | null = null;
  private dirty = false;

  constructor(
    private readonly file: string,
    private readonly head: StateHead,
    private readonly books: Books,
  ) {}

  /** Writes the file as things stand. @throws StateUnwritableError */
  async write(status: BackfillState["status"] = "running"): Promise<void> {
    this.dirty = true;
    while (this.dirty) {
      if (this.writing) {
        await this.writing;
        continue;
      }
      this.dirty = false;
      const { units, failed } = this.books;
      const savedAt = new Date().toISOString();
      this.writing = writeStateFile(this.file, { ...this.head, status, savedAt, units, failed });
      await this.writing.finally(() => {
        this.writing = null;
      });
    }
  }
}
