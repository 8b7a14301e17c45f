/** Standard output cannot be written: whoever read it has gone. */
export class OutputClosedError extends Error {
  override readonly name = "OutputClosedError";
}

/** Writes to standard output and resolves when it has arrived. @throws OutputClosedError */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = () => reject(new OutputClosedError("Standard output is closed; the summary could not be written."));
    process.stdout.once("error", closed);
    process.stdout.write(text.endsWith("\n") ? text : `${text}\n`, (error) => {
      // A failed write is reported here and, a moment later, as an event, which somebody has to hear.
      if (error) return closed();
      process.stdout.off("error", closed);
      resolve();
    });
  });
}

/** Writes a line for people to standard error. That nobody reads it is no failure. */
export function tell(line: string): void {
  process.stderr.once("error", () => {});
  process.stderr.write(`${line}\n`);
}
