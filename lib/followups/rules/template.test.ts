import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fillTemplate, type TemplateValues } from "./template";

const ADA: TemplateValues = { firstName: "Ada", lastName: "Example", email: "ada@example.com", phone: null };

describe("a template", () => {
  it.each([
    ["without placeholders is the message", "Good morning.", "Good morning."],
    ["has its values put in", "Hi {{firstName}} {{lastName}}!", "Hi Ada Example!"],
    ["may name one twice", "{{firstName}}, {{firstName}}", "Ada, Ada"],
    ["may have blanks in the braces", "Hi {{ firstName }},\n{{\tlastName\n}}", "Hi Ada,\nExample"],
    ["may have placeholders side by side", "{{firstName}}{{lastName}}", "AdaExample"],
    ["keeps the blanks around it", "  {{firstName}}  ", "  Ada  "],
    ["may have single braces", "{Hi} {{firstName}} {", "{Hi} Ada {"],
  ])("%s", (_, template, text) => {
    expect(fillTemplate(template, ADA)).toEqual({ kind: "filled", text });
  });

  it.each([
    ["a value that is not there", "Call {{phone}}", "phone"],
    ["a value that nobody knows", "Hi {{nickname}}", "nickname"],
    ["a name of several words", "Hi {{first name}}", "first name"],
    ["another system's name", "Hi {{contact.first_name}}", "contact.first_name"],
    ["a name in another case", "Hi {{firstname}}", "firstname"],
    ["a property of every object", "Hi {{constructor}}", "constructor"],
    ["the first of several", "{{firstName}} {{b}} {{a}}", "b"],
    ["itself, when it is empty", "", "messageTemplate"],
    ["itself, when it is blank", " \n", "messageTemplate"],
    ["itself, with braces around nothing", "Hi {{}}", "messageTemplate"],
    ["itself, with braces that do not close", "Hi {{firstName, how are you?", "messageTemplate"],
    ["itself, with one that closes too little", "Hi {{firstName}, how are you?", "messageTemplate"],
    ["itself, with one that opens too little", "Hi {firstName}}, how are you?", "messageTemplate"],
    ["itself, with three braces", "Hi {{{firstName}}}", "messageTemplate"],
    ["itself, with braces in braces", "Hi {{ {{firstName}} }}", "messageTemplate"],
    ["itself, with a text for a name", `Hi {{${"x".repeat(61)}}}`, "messageTemplate"],
    ["itself, with an address for a name", "Hi {{jane@example.com}}", "messageTemplate"],
  ])("lacks %s", (_, template, name) => {
    expect(fillTemplate(template, ADA)).toEqual({ kind: "missing", name });
  });

  it.each([null, "", " ", "\t\n"])("takes %j for no value", (firstName) => {
    expect(fillTemplate("Hi {{firstName}}", { firstName })).toEqual({ kind: "missing", name: "firstName" });
  });

  it.each(["$&", "$1", "$$", "$`", "{{lastName}}", "{{", "}}", "{{firstName}}", "\\"])(
    "takes %j as it is",
    (firstName) => {
      const text = `Hi ${firstName}! Example`;
      expect(fillTemplate("Hi {{firstName}}! {{lastName}}", { ...ADA, firstName })).toEqual({ kind: "filled", text });
    },
  );

  it("is filled with what was given, whatever that is", () => {
    const word = fc.string().filter((text) => !/[{}]/.test(text));
    const value = fc.string().filter((text) => text.trim() !== "");
    fc.assert(
      fc.property(word, value, word, value, word, (a, firstName, b, lastName, c) => {
        const template = `${a}{{firstName}}${b}{{ lastName }}${c}`;
        const text = a + firstName + b + lastName + c;
        expect(fillTemplate(template, { firstName, lastName })).toEqual({ kind: "filled", text });
      }),
    );
  });

  it("never leaves a pair of braces of its own", () => {
    const template = fc
      .array(fc.constantFrom("{", "{{", "}", "}}", "firstName", "phone", " ", "Hi"))
      .map((all) => all.join(""));
    fc.assert(
      fc.property(template, (template) => {
        const filled = fillTemplate(template, ADA);
        if (filled.kind === "filled") expect(filled.text).not.toMatch(/\{\{|\}\}/);
        else expect(filled.name).not.toMatch(/[{}]/);
      }),
      { numRuns: 2000 },
    );
  });
});
