import type { FollowUpLead } from "../../environment/follow-up-leads";

/** A step's words as this lead has to read them. */
export function fillIn(text: string, { firstName, workspace }: FollowUpLead): string {
  return text.replaceAll("{{firstName}}", firstName).replaceAll("{{workspaceName}}", workspace.name);
}

/** Plain text as an e-mail shows it: what would be markup is not, and lines end where they ended. */
export function toMail(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("\n", "<br>\n");
}
