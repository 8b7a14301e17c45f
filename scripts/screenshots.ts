/**
 * `npm run screenshots`: pictures of the console for the README, from the demo's sample workspaces, into
 * `docs/screenshots`. Needs Chromium.
 */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { startChromium } from "./browser/chromium";
import { type ConsoleStage, openConsoleStage } from "./browser/stage";
import { runCommand, type Teardown } from "./environment/command";
import { startSurroundings } from "./environment/environment";

const FOLDER = process.env["SCREENSHOTS_FOLDER"] ?? fileURLToPath(new URL("../docs/screenshots", import.meta.url));
const WIDE = { width: 1200, height: 760 };
/** For pages whose best part comes further down. */
const TALL = { width: 1200, height: 1120 };
const TALL_PAGES = new Set(["workspace", "response-times"]);
const PHONE = { width: 375, height: 720 };

await runCommand(async (teardown) => {
  mkdirSync(FOLDER, { recursive: true });
  const { sandbox, database } = await startSurroundings(teardown);
  const scene = await openConsoleStage({ sandbox, databaseUrl: database.url }, teardown);
  await takeAll(scene, teardown);
  return "agreed";
});

async function takeAll({ server, stage }: ConsoleStage, teardown: Teardown): Promise<void> {
  const browser = await startChromium();
  teardown.add(() => browser.close());
  const workspace = stage.workspaces[0]?.id ?? "";
  const lead = stage.parts[1]?.actor.lead.id ?? "";
  const pages = {
    overview: "/",
    runs: "/runs",
    workspaces: "/workspaces",
    workspace: `/workspaces/${workspace}`,
    mismatches: "/mismatches",
    lead: `/leads/${lead}`,
    "follow-ups": "/follow-ups?show=send_uncertain",
    "response-times": `/response-times?clientId=${workspace}&days=7`,
    backfills: "/backfills",
  };
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await browser.newPage({ viewport: WIDE, colorScheme });
    page.on("console", (message) => process.stderr.write(`${message.type()}: ${message.text()}\n`));
    await page.goto(`${server.url}/sign-in`);
    await page.getByLabel("Password").fill(server.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    for (const [name, path] of Object.entries(pages)) {
      await page.setViewportSize(TALL_PAGES.has(name) ? TALL : WIDE);
      await take(page, `${server.url}${path}`, `${name}-${colorScheme}`);
    }
    if (colorScheme === "light") await takeDryRun(page, `${server.url}${pages.workspace}`);
    await page.setViewportSize(PHONE);
    await take(page, `${server.url}/`, `phone-${colorScheme}`);
    await page.close();
  }
}

async function takeDryRun(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel("Which leads").selectOption("yes");
  await page.getByRole("button", { name: "Dry run" }).click();
  await page.getByRole("heading", { name: "What it would change" }).waitFor();
  await page.screenshot({ path: `${FOLDER}/dry-run.png` });
}

async function take(page: Page, url: string, name: string): Promise<void> {
  await page.goto(url, { waitUntil: "networkidle" });
  await page.screenshot({ path: `${FOLDER}/${name}.png` });
}
