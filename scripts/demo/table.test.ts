import { expect, it } from "vitest";
import { formatTable } from "./table";

it("aligns words to the left and columns of numbers to the right", () => {
  const rows = [
    ["Harbor Dental", 7, "4.1 s"],
    ["Dune", 1024, "12.0 s"],
  ];
  expect(formatTable(["workspace", "n", "took"], rows)).toEqual([
    "workspace         n  took",
    "-------------  ----  ------",
    "Harbor Dental     7  4.1 s",
    "Dune           1024  12.0 s",
  ]);
});
