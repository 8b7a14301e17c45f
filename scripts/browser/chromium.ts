import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Where Debian and others keep it. */
const USUAL_PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** It renders and asks the server under test; it fetches nothing of its own. */
const FLAGS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"],
];

/** Starts Chromium without a window. Throws, with what to do, when there is none. */
export async function startChromium(): Promise<Browser> {
  const named = process.env["CHROMIUM_PATH"];
  const executablePath = [...(named ? [named] : []), ...USUAL_PLACES].find((place) => existsSync(place));
  if (executablePath === undefined) {
    throw new Error("Chromium is missing. Install it (apt-get install chromium) or name it in CHROMIUM_PATH.");
  }
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}
