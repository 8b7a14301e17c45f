import type { Browser, BrowserContext, Page, Request } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MISMATCH_KINDS } from "@/lib/console/store/mismatches";
import type { Teardown } from "../environment/command";
import { startSandbox } from "../sandbox/sandbox";
import { createTestDatabase } from "../testing/database";
import { CANARIES, type Planted, plantCanaries } from "./canaries";
import { collectComplaints, findAccessibilityProblems, measureOverflow } from "./check-page";
import { startChromium } from "./chromium";
import { type ConsoleStage, openConsoleStage } from "./stage";

const steps: (() => Promise<void>)[] = [];
const teardown: Teardown = { add: (step) => steps.push(step) };

let scene: ConsoleStage;
let planted: Planted;
let turnId: string;
let syncedId: string;
let backfillId: string;
let browser: Browser;
/** Signed in, once for all who need no more. */
let operator: BrowserContext;

/** Where nobody has built the app, it is built first, on whatever machine this is. */
const SETTING_UP_MS_MAX = 300_000;

beforeAll(async () => {
  const [database, sandbox] = await Promise.all([createTestDatabase(), startSandbox()]);
  teardown.add(() => database.drop());
  teardown.add(() => sandbox.stop());
  [scene, browser] = await Promise.all([
    openConsoleStage({ sandbox, databaseUrl: database.url }, teardown),
    startChromium(),
  ]);
  teardown.add(() => browser.close());
  planted = await plantCanaries(scene.db);
  turnId = (await scene.db.responseTimingEvent.findFirstOrThrow({ where: { setterResponseMs: { not: null } } })).id;
  syncedId = (await scene.db.client.findFirstOrThrow({ where: { name: "Quay Rentals" } })).id;
  backfillId = (await scene.db.backfillRun.findFirstOrThrow({ where: { status: "running" } })).id;
  operator = await browser.newContext();
  const page = await operator.newPage();
  await signIn(page);
  await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
  // Left open it would ask for itself again and again.
  await page.close();
}, SETTING_UP_MS_MAX);

afterAll(async () => {
  for (const step of steps.toReversed()) await step();
});

/** Every page there is, by a name; some of something that the stage has. */
const PAGES: Record<string, () => string> = {
  overview: () => "/",
  runs: () => "/runs",
  "runs, filtered to none": () => "/runs?status=abandoned&kind=dry",
  workspaces: () => "/workspaces",
  workspace: () => `/workspaces/${scene.stage.workspaces[0]?.id}`,
  "workspace with a sync": () => `/workspaces/${syncedId}`,
  mismatches: () => "/mismatches",
  lead: () => `/leads/${scene.stage.parts[1]?.actor.lead.id}`,
  "follow-ups": () => "/follow-ups",
  "paused follow-ups": () => "/follow-ups?show=lead_replied",
  "uncertain sends": () => "/follow-ups?show=send_uncertain",
  "response times": () => `/response-times?clientId=${scene.stage.workspaces[0]?.id}&days=30`,
  "response times of nobody": () => "/response-times?clientId=nobody",
  turn: () => `/response-times/${turnId}`,
  backfills: () => "/backfills",
  backfill: () => `/backfills/${backfillId}`,
  "nothing there": () => "/runs/nothing-there",
};

const paths = () => Object.values(PAGES).map((path) => path());

async function signIn(page: Page, password = scene.server.password): Promise<void> {
  await page.goto(`${scene.server.url}/sign-in`);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function openPage(path: string, context = operator): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${scene.server.url}${path}`, { waitUntil: "load" });
  return page;
}

describe("signing in", () => {
  it("takes the password, and goes where one wanted to go", async () => {
    const context = await browser.newContext();
    const page = await openPage("/runs?job=appointment-reconcile", context);
    expect(page.url()).toContain("/sign-in?next=");
    await page.getByLabel("Password").fill("not it");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("That is not the password.").waitFor();
    await page.getByLabel("Password").fill(scene.server.password);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Runs", level: 1 }).waitFor();
    expect(page.url()).toContain("/runs?job=appointment-reconcile");
    const [session] = (await context.cookies()).filter(({ name }) => name === "leadline_session");
    expect(session).toMatchObject({ httpOnly: true, sameSite: "Lax" });
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Password").waitFor();
    await page.goto(`${scene.server.url}/runs`);
    expect(page.url()).toContain("/sign-in");
    await context.close();
  });

  it("is over after too many tries, also for the right password", async () => {
    const context = await browser.newContext({ extraHTTPHeaders: { "X-Real-IP": "192.0.2.77" } });
    const page = await context.newPage();
    await signIn(page, "wrong");
    await page.getByText("That is not the password.").waitFor();
    await scene.db.signInWindow.updateMany({ where: { key: { not: "everybody" } }, data: { attempts: 100 } });
    await signIn(page);
    await page.getByText(/Too many tries. Wait \d+ minutes/).waitFor();
    await context.close();
  });
});

describe("a stranger", () => {
  it("is sent away from every page, and told nothing", async () => {
    const names = scene.stage.workspaces.map(({ name }) => name);
    const ask = async (path: string) => {
      const response = await fetch(`${scene.server.url}${path}`, { redirect: "manual" });
      return { path, response, text: await response.text() };
    };
    for (const { path, response, text } of await Promise.all(paths().map(ask))) {
      expect([path, response.status, response.headers.get("location")?.startsWith("/sign-in")]).toEqual([
        path,
        307,
        true,
      ]);
      expect(names.filter((name) => text.includes(name))).toEqual([]);
    }
  });

  it("gets nothing out of a client's navigation either", async () => {
    const response = await fetch(`${scene.server.url}/workspaces?_rsc=1`, {
      headers: { RSC: "1" },
      redirect: "manual",
    });
    const text = await response.text();
    expect(scene.stage.workspaces.filter(({ name }) => text.includes(name))).toEqual([]);
  });
});

describe("a page can be used by everybody in light and dark, wide and narrow, fits, and breaks no rule:", () => {
  it.concurrent.each(Object.keys(PAGES))("%s", async (name) => {
    const page = await operator.newPage();
    const complaints = collectComplaints(page);
    await page.goto(`${scene.server.url}${PAGES[name]?.()}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    for (const [colorScheme, width] of [
      ["light", 1280],
      ["dark", 375],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      expect([colorScheme, await findAccessibilityProblems(page)]).toEqual([colorScheme, []]);
      expect([width, await measureOverflow(page)]).toEqual([width, 0]);
    }
    // The page of what is not there says so with its status too.
    expect(complaints.filter((text) => !text.includes("404"))).toEqual([]);
    await page.close();
  });
});

describe("the sign-in page", () => {
  it.each(["light", "dark"] as const)("can be used by everybody in %s", async (colorScheme) => {
    const context = await browser.newContext({ colorScheme, viewport: { width: 375, height: 700 } });
    const page = await openPage("/sign-in", context);
    expect(await findAccessibilityProblems(page)).toEqual([]);
    expect(await measureOverflow(page)).toBe(0);
    await context.close();
  });
});

describe("a keyboard alone", () => {
  it("gets past the navigation, through it, and starts a dry run", async () => {
    const page = await openPage("/");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    await page.getByRole("link", { name: "Workspaces" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Workspaces", level: 1 }).waitFor();
    expect(await page.getByRole("link", { name: "Workspaces" }).getAttribute("aria-current")).toBe("page");
    await page.getByRole("link", { name: "Harbor Dental" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Dry run" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "What it would change" }).waitFor();
    await page.close();
  });

  it("finds the exact instant of a time", async () => {
    const page = await openPage("/runs");
    const time = page.getByRole("main").locator("time").first();
    await time.focus();
    expect(await time.getAttribute("data-utc")).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC$/);
    await page.close();
  });
});

describe("the overview", () => {
  it("leads from an alarm to whom it is about", async () => {
    const page = await openPage("/");
    const alarm = page.getByRole("listitem").filter({ hasText: "Workspace Dune Travel" });
    await alarm.getByRole("link", { name: "See the workspace" }).click();
    await page.getByRole("heading", { name: "Dune Travel", level: 1 }).waitFor();
    await page.close();
  });
});

describe("a workspace", () => {
  it("says how its sync is, why, and by which clocks", async () => {
    const list = await openPage("/workspaces");
    const row = list.getByRole("row").filter({ hasText: "Quay Rentals" });
    expect(await row.textContent()).toMatch(/degraded.*messages were missing/);
    await row.getByRole("link").click();
    await list.getByRole("heading", { name: "Quay Rentals", level: 1 }).waitFor();
    const card = list.getByRole("region", { name: "Sync health" });
    expect(await card.textContent()).toMatch(
      /degraded.*messages were missing.*Last complete run\d+ \w+ ago.*Last known message\d+ \w+ ago.*Last repair\d+ \w+ ago/,
    );
    await list.close();
  });

  it("is reconciled dry first, then for real, and then nothing is left", async () => {
    const { db } = scene;
    // Calendly's: HighLevel's rate would let so many requests wait.
    const clientId = scene.stage.workspaces.find(({ name }) => name === "Maple Coaching")?.id ?? "";
    const page = await openPage(`/workspaces/${clientId}`);
    const meetings = () => db.lead.count({ where: { clientId, appointmentStatus: "canceled" } });
    const before = await meetings();

    await startDryRun(page);
    const wouldChange = await page.getByRole("group", { name: "Leads that would change" }).getByRole("row").count();
    expect(wouldChange).toBeGreaterThan(1);
    expect(await meetings()).toBe(before);

    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByRole("heading", { name: "What it changed" }).waitFor();
    const changed = await page.getByRole("group", { name: "Leads that were changed" }).getByRole("row").count();
    expect(changed).toBe(wouldChange);
    expect(await meetings()).toBeGreaterThan(before);

    await page.goto(`${scene.server.url}/workspaces/${clientId}`);
    await startDryRun(page);
    await page.getByText("Nothing: what is on record is true.").waitFor();
    const runs = await db.cronRun.findMany({ where: { trigger: "console" }, orderBy: { startedAt: "asc" } });
    expect(runs.slice(-3).map(({ dryRun, status }) => [dryRun, status])).toEqual([
      [true, "completed"],
      [false, "completed"],
      [true, "completed"],
    ]);
    await page.close();
  });

  it("is left alone while another run has it", async () => {
    const clientId = scene.stage.workspaces[2]?.id ?? "";
    const page = await openPage(`/workspaces/${clientId}`);
    await startDryRun(page);
    const key = `appointment-reconcile:${clientId}`;
    const expiresAt = new Date(Date.now() + 60_000);
    await scene.db.lease.upsert({
      where: { key },
      create: { key, owner: "another run", fence: 1, expiresAt },
      update: { expiresAt },
    });
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByText("Another run had the work").waitFor();
    await scene.db.lease.update({ where: { key }, data: { expiresAt: new Date(0) } });
    await page.close();
  });
});

async function startDryRun(page: Page): Promise<void> {
  await page.getByLabel("Which leads").selectOption("yes");
  await page.getByRole("button", { name: "Dry run" }).click();
  await page.getByRole("heading", { name: "What it would change" }).waitFor();
}

describe("a lead that contradicts itself", () => {
  it("is reconciled at the press of a button, and says what came of it", async () => {
    const page = await openPage("/mismatches?kind=said_booked");
    await page
      .getByRole("button", { name: /^Reconcile .* now$/ })
      .first()
      .click();
    await page
      .getByRole("status")
      .filter({ hasText: /provider|credentials|circuit|record/ })
      .first()
      .waitFor();
    await page.close();
  });
});

/** For what happens in another process. */
const PATIENCE = { timeout: 20_000 };

describe("a send of which nobody knows", () => {
  it("is settled by who has looked, either way", async () => {
    const page = await openPage("/follow-ups?show=send_uncertain");
    const uncertain = () => scene.db.followUpSend.count({ where: { status: "unknown" } });
    const before = await uncertain();
    await page.getByRole("button", { name: "Mark as sent" }).first().click();
    await expect.poll(uncertain, PATIENCE).toBe(before - 1);
    // The row has to be gone, or the next verdict would be about the same send again.
    const rows = page.getByRole("group", { name: "Uncertain sends" }).locator("tbody tr");
    await expect.poll(() => rows.count(), PATIENCE).toBe(before - 1);
    await page.getByRole("button", { name: "Mark as not sent" }).first().click();
    await expect.poll(uncertain, PATIENCE).toBe(before - 2);
    const settled = await scene.db.followUpSend.findMany({
      ...{ where: { reason: "settled by hand" }, orderBy: { status: "asc" }, select: { status: true } },
    });
    expect(settled).toEqual([{ status: "not_sent" }, { status: "sent" }]);
    await page.close();
  });
});

describe("the list of runs", () => {
  it("goes on where it ended, and shows what is asked for alone", async () => {
    const page = await openPage("/runs?kind=real&job=appointment-reconcile");
    const shown = await page.locator("tbody tr").count();
    expect(shown).toBe(50);
    await page.getByRole("link", { name: "Further" }).click();
    await page.getByRole("link", { name: "To the beginning" }).waitFor();
    expect(await page.locator("tbody tr").count()).toBeLessThan(50);
    await page.getByLabel("Status").selectOption("failed");
    await page.getByRole("button", { name: "Show" }).click();
    await page.waitForURL(/status=failed/);
    const statuses = await page.locator("tbody tr td:nth-child(3)").allTextContents();
    expect([...new Set(statuses)]).toEqual(["✕failed"]);
    await page.close();
  });
});

describe("a page's answer", () => {
  const get = async (path: string, init: RequestInit = {}) =>
    fetch(`${scene.server.url}${path}`, { redirect: "manual", ...init });

  it("lets nothing in but its own files and what bears its nonce", async () => {
    const [first, second] = await Promise.all([get("/sign-in"), get("/sign-in")]);
    const policy = first.headers.get("content-security-policy") ?? "";
    expect(policy).not.toContain("unsafe");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(second.headers.get("content-security-policy")).not.toBe(policy);
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1];
    const scripts = [...(await first.text()).matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag);
    expect(scripts.length).toBeGreaterThan(0);
    expect(scripts.filter((tag) => !tag.includes(`nonce="${nonce}"`))).toEqual([]);
    expect(Object.fromEntries(first.headers)).toMatchObject({
      ...{ "x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "same-origin" },
      "cache-control": expect.stringContaining("no-store"),
    });
  });

  it("is no concern of the API's, which wants its bearer and no session", async () => {
    const response = await get("/api/cron/appointment-reconcile");
    expect(response.status).toBe(401);
    expect(response.headers.get("content-security-policy")).toBe(null);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  it("takes a form from its own pages alone, and from nobody without a session", async () => {
    const [session] = (await operator.cookies()).filter(({ name }) => name === "leadline_session");
    const path = `/workspaces/${scene.stage.workspaces[0]?.id}`;
    const cookie = `leadline_session=${session?.value}`;
    const html = await (await get(path, { headers: { cookie } })).text();
    const action = /name="(\$ACTION_ID_[^"]+)"[^>]*\/><input type="hidden" name="clientId"/.exec(html)?.[1] ?? "";
    expect(action).not.toBe("");
    const send = async (headers: Record<string, string>) => {
      const body = new FormData();
      body.set(action, "");
      body.set("clientId", scene.stage.workspaces[0]?.id ?? "");
      body.set("mode", "dry");
      body.set("leadsMax", "1");
      const before = await scene.db.cronRun.count({ where: { trigger: "console" } });
      const { status } = await get(path, { method: "POST", body, headers });
      return [status, (await scene.db.cronRun.count({ where: { trigger: "console" } })) - before];
    };
    expect(await send({ cookie, origin: scene.server.url })).toEqual([303, 1]);
    expect(await send({ cookie, origin: "https://elsewhere.example.com" })).toEqual([500, 0]);
    expect(await send({ cookie, origin: "null" })).toEqual([500, 0]);
    expect(await send({ origin: scene.server.url })).toEqual([303, 0]);
  });

  it.each(["/", "/runs", "/workspaces/:first"])("of %s needs less than 250 kB of scripts, compressed", async (path) => {
    const context = await browser.newContext({ storageState: await operator.storageState() });
    const page = await context.newPage();
    const scripts: Request[] = [];
    page.on("requestfinished", (request) => {
      if (request.resourceType() === "script") scripts.push(request);
    });
    await page.goto(`${scene.server.url}${path.replace(":first", scene.stage.workspaces[0]?.id ?? "")}`);
    const sizes = await Promise.all(scripts.map((request) => request.sizes()));
    const total = sizes.reduce((sum, { responseBodySize }) => sum + responseBodySize, 0);
    expect(total).toBeGreaterThan(50_000);
    expect(total).toBeLessThan(250_000);
    await context.close();
  });
});

/** The mark that React leaves where something failed: the failure's number. Charts and what is not there have none. */
const FAILED = /data-dgst="\d/;

/** The last digits of a person's number by themselves; within an id they stand now and then. */
const END_OF_PHONE = /(?<![\w-])7719(?![\w-])/;

describe("what is in the database and nobody's business", () => {
  it("stands in no page, in no answer to a script, and in no log", async () => {
    const { clientId, leadId } = planted;
    const [session] = (await operator.cookies()).filter(({ name }) => name === "leadline_session");
    const cookie = `leadline_session=${session?.value}`;
    const own = [
      `/workspaces/${clientId}`,
      `/response-times?clientId=${clientId}`,
      `/leads/${leadId}`,
      "/runs/canary-run",
      "/backfills/canary-backfill",
    ];
    const kinds = MISMATCH_KINDS.map((kind) => `/mismatches?kind=${kind}&clientId=${clientId}`);
    const said: Record<string, string> = {};
    const read = async (path: string, headers: Record<string, string>) =>
      (await fetch(`${scene.server.url}${path}`, { headers: { cookie, ...headers } })).text();
    const listen = async (path: string) => {
      const [html, payload] = await Promise.all([read(path, {}), read(path, { RSC: "1" })]);
      // A page that failed would say nothing of anything.
      expect([path, FAILED.test(html), payload.length > 100]).toEqual([path, false, true]);
      said[path] = html;
      said[`${path} as a payload`] = payload;
    };
    await Promise.all([...paths(), "/runs?kind=dry&status=failed", ...own, ...kinds].map(listen));
    said["the server's output"] = scene.server.output();
    expect(said["/workspaces"]).toContain("Aardvark Bakery");
    const secrets = [...Object.values(CANARIES), scene.server.password, scene.server.cronSecret, "0107719", "010-7719"];
    const found = Object.entries(said).flatMap(([where, text]) =>
      [...secrets.map((canary) => text.indexOf(canary)), text.search(END_OF_PHONE)]
        .filter((at) => at !== -1)
        .map((at) => `${where}: ${text.slice(Math.max(0, at - 60), at + 60)}`),
    );
    expect(found).toEqual([]);
  });
});

describe("the theme", () => {
  it("is what somebody chose, also after a reload", async () => {
    const context = await browser.newContext({ colorScheme: "light" });
    const page = await context.newPage();
    await signIn(page);
    const ground = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    const light = await ground();
    await page.getByLabel("Theme").selectOption("dark");
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload();
    expect(await ground()).toBe(dark);
    await context.close();
  });
});
