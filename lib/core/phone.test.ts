import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toE164Digits } from "./phone";

describe("a phone number", () => {
  it.each([
    ["+15550100001", "15550100001"],
    [" +1 (555) 010-0001\n", "15550100001"],
    ["(+1) 555.010.0001", "15550100001"],
    ["+1\u00a0555\u2011010\u20110001", "15550100001"],
    ["\u202a+15550100001\u202c", "15550100001"],
    ["tel:+15550100001", "15550100001"],
    ["0015550100001", "15550100001"],
    ["+44 (0)20 7946 0000", "442079460000"],
    ["+1 555 010 0001 ext. 12", "15550100001"],
    ["+15550100001 x12", "15550100001"],
    ["+15550100001;ext=12", "15550100001"],
    ["1 (555) 010-0001", "15550100001"],
    ["1-555-010-0001", "15550100001"],
    // Digits alone, as programs write them.
    ["15550100001", "15550100001"],
    ["4791000001", "4791000001"],
  ])("%j is the digits %s", (phone, digits) => {
    expect(toE164Digits(phone)).toBe(digits);
  });

  it.each([
    ...["", "  ", "+", "12345", "+123456", "+1234567890123456", "0000000000", "+0155501000"],
    ...["ada@example.com", "call me: 15550100001", "+15550100001, +15550100002"],
  ])("is not %j", (phone) => {
    expect(toE164Digits(phone)).toBeNull();
  });

  it.each([
    "(415) 555-0100",
    "415-555-0100",
    "4155550100",
    "555-0100",
    "020 7946 0000",
    "02079460000",
    "138 0013 8000",
  ])("is nobody's without a country: %s", (phone) => {
    expect(toE164Digits(phone)).toBeNull();
  });

  it("stays what it is once it is digits behind a plus", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."+0123456789 ()-.x") }), (phone) => {
        const digits = toE164Digits(phone);
        if (digits !== null) expect(toE164Digits(`+${digits}`)).toBe(digits);
      }),
    );
  });

  it("is the same number however it is grouped", () => {
    const separators = fc.array(fc.constantFrom("", " ", "-", ".", ") ("), { minLength: 11, maxLength: 11 });
    fc.assert(
      fc.property(separators, (between) => {
        const grouped = [..."15550100001"].map((digit, index) => digit + between[index]).join("");
        expect(toE164Digits(`+${grouped}`)).toBe("15550100001");
      }),
    );
  });
});
