import type { PostAlert } from "@/lib/health/messenger";
import { deliver } from "./deliver";

/** Posts alerts to a webhook of Slack's kind (`{text}`); null where none is configured. */
export function createPostAlert(webhookUrl: string | undefined): PostAlert | null {
  if (webhookUrl === undefined) return null;
  const url = new URL(webhookUrl);
  const headers = { "content-type": "application/json; charset=utf-8", "user-agent": "leadline" };
  return ({ text }, signal) => deliver(url, { method: "POST", headers, body: JSON.stringify({ text }) }, signal);
}
