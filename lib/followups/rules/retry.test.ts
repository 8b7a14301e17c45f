import { expect, it } from "vitest";
import { MINUTE_MS } from "@/lib/core/time";
import { sendRetryMs } from "./retry";

it.each([
  [1, 1],
  [2, 2],
  [3, 4],
  [4, 8],
  [5, 16],
  [6, 32],
  [7, 64],
])("after try %i that was not sent, the next is %i minutes later", (attempt, minutes) => {
  expect(sendRetryMs(attempt)).toBe(minutes * MINUTE_MS);
});

it.each([8, 9, 1000])("after try %i there is no other", (attempt) => {
  expect(sendRetryMs(attempt)).toBeNull();
});

it("a try that was not counted is the first", () => {
  expect(sendRetryMs(0)).toBe(MINUTE_MS);
});
