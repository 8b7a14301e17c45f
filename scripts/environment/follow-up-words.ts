import type { StepOrder } from "./follow-up-leads";

/** What the sample sequences say, step by step. */
export const EMAIL: StepOrder = {
  channel: "email",
  subject: "A word from {{workspaceName}}",
  messageTemplate: "Hello {{firstName}},\nis {{workspaceName}} still on your list?",
};
export const SMS: StepOrder = { channel: "sms", messageTemplate: "Hi {{firstName}}, shall we talk this week?" };
export const WHATSAPP: StepOrder = {
  channel: "whatsapp",
  messageTemplate: "Hi {{firstName}}, here is the link that you asked for.",
};
export const CALL: StepOrder = { channel: "call", messageTemplate: "Ask {{firstName}} about the offer." };
