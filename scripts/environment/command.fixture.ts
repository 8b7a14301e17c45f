/** A command that starts two things and then does what its argument says. */
import { runCommand } from "./command";

await runCommand(async (teardown) => {
  for (const name of ["first", "second"]) {
    teardown.add(async () => {
      process.stdout.write(`${name} is taken down\n`);
    });
  }
  process.stdout.write("started\n");
  switch (process.argv[2]) {
    case "agree":
      return "agreed";
    case "disagree":
      return "failed";
    case "throw":
      throw new Error("out of luck");
    default:
      setInterval(() => undefined, 60_000);
      return new Promise(() => undefined);
  }
});
