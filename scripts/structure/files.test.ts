import { expect, it } from "vitest";
import { countLines, isTestFile, readSourceFiles } from "./source-files";

/** Longer than this, a file has more than one idea. */
const LINES_MAX = 220;

/** Tables of cases are long and easy to read. */
const TEST_LINES_MAX = 500;

/** A test that is left out, or the one that leaves out all others. */
const LEFT_OUT =
  /\b(?:it|test|describe|suite)(?:\.\w+)*\.(?:skip|only|todo|skipIf|runIf|fails)\b|\b[xf](?:it|test|describe)\(/;

const files = readSourceFiles(["app", "lib", "prisma", "scripts"]).filter(({ path }) => !path.includes("/generated/"));
const tests = files.filter(({ path }) => /\.test\.tsx?$/.test(path));

it("keeps files short enough to be read at once", () => {
  const tooLong = files.filter((file) => countLines(file) > (isTestFile(file) ? TEST_LINES_MAX : LINES_MAX));
  expect(tooLong.map((file) => `${file.path} has ${countLines(file)} lines`)).toEqual([]);
});

it("runs every test that there is", () => {
  expect(tests.length).toBeGreaterThan(20);
  expect(tests.filter(({ text }) => LEFT_OUT.test(text)).map(({ path }) => path)).toEqual([]);
});

it.each([
  ["it", ".skip"],
  ["describe", ".only"],
  ["test", ".todo"],
  ["it", ".concurrent.skip"],
  ["describe", ".skipIf(true)"],
  ["x", "it"],
  ["f", "describe"],
])("sees that a test is left out by %s%s", (name, rest) => {
  expect(LEFT_OUT.test(`  ${name}${rest}("works", () => {});`)).toBe(true);
});
