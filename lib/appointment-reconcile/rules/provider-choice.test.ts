import { describe, expect, it } from "vitest";
import type { ProviderName } from "../source";
import { chooseProvider, type ProviderCredentials } from "./provider-choice";

const nothing: ProviderCredentials = {
  meetingBookingProvider: null,
  ghlLocationId: null,
  ghlPrivateKey: null,
  calendlyAccessToken: null,
  calendlyOrganizationUri: null,
};
const ghl = { ghlLocationId: "location-1", ghlPrivateKey: "key-1" };
const calendly = {
  calendlyAccessToken: "token-1",
  calendlyOrganizationUri: "https://api.calendly.com/organizations/o1",
};

describe("a workspace's leads are asked about", () => {
  it.each<[string, Partial<ProviderCredentials>, ProviderName | null]>([
    ["at the one it names, GHL", { ...ghl, ...calendly, meetingBookingProvider: "GHL" }, "GHL"],
    ["at the one it names, Calendly", { ...ghl, ...calendly, meetingBookingProvider: "CALENDLY" }, "CALENDLY"],
    ["at the other where the named one has no credentials", { ...ghl, meetingBookingProvider: "CALENDLY" }, "GHL"],
    ["at Calendly where GHL is named without credentials", { ...calendly, meetingBookingProvider: "GHL" }, "CALENDLY"],
    ["at the only one with credentials, GHL", ghl, "GHL"],
    ["at the only one with credentials, Calendly", calendly, "CALENDLY"],
    ["at GHL first where both have them", { ...ghl, ...calendly }, "GHL"],
    ["nowhere without credentials", {}, null],
    ["nowhere where one is named without credentials", { meetingBookingProvider: "GHL" }, null],
    ["nowhere with a location and no key", { ghlLocationId: "location-1" }, null],
    ["nowhere with a key and no location", { ghlPrivateKey: "key-1" }, null],
    ["nowhere with a token and no organization", { calendlyAccessToken: "token-1" }, null],
    ["nowhere with an organization and no token", { calendlyOrganizationUri: "https://example.com/o1" }, null],
    ["nowhere with half of each", { ghlLocationId: "location-1", calendlyAccessToken: "token-1" }, null],
    ["nowhere with credentials of blanks", { ghlLocationId: "location-1", ghlPrivateKey: " \n" }, null],
    ["nowhere with empty credentials", { calendlyAccessToken: "", calendlyOrganizationUri: "" }, null],
    ["at the other where the named one's are blank", { ...calendly, ...ghl, ghlPrivateKey: "" }, "CALENDLY"],
  ])("%s", (_, credentials, provider) => {
    expect(chooseProvider({ ...nothing, ...credentials })).toBe(provider);
  });
});
