import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { z } from "zod";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const violations = z.object({
  violations: z.array(z.object({ id: z.string(), help: z.string(), nodes: z.array(z.object({ html: z.string() })) })),
});

/** What axe finds wrong with the page as it stands, a line per rule and place. Runs beside the page's own policy. */
export async function findAccessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = violations.parse(await page.evaluate("axe.run(document, { resultTypes: ['violations'] })"));
  return found.violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`));
}

/** How many pixels the page is wider than the screen: 0 unless something sticks out. */
export async function measureOverflow(page: Page): Promise<number> {
  const width = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
  return z.number().parse(await page.evaluate(width));
}

/** Everything that the page's browser complains about from now on: errors of scripts, refused loads, broken policies. */
export function collectComplaints(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  return complaints;
}
