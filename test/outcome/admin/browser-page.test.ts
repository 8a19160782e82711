// The page at `/` as its readers see it: in Chromium, on a desk and a phone, in light and dark.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { type AdminServer, startAdmin } from "../../../src/outcome/admin/server.ts";
import type { LiveView } from "../../../src/outcome/live/view.ts";
import type { RolloutStatus } from "../../../src/outcome/rollout/status.ts";
import { createMetrics } from "../../../src/outcome/telemetry/metrics.ts";
import { findChromium, startChromium } from "../../support/chromium.ts";
import { LIMITS, sampleView } from "../live/sample.ts";
import { ROLLOUT_STATUS } from "../rollout/sample-status.ts";

const executable = findChromium();
if (executable === undefined) process.stderr.write("no Chromium (CHROMIUM_BIN, PATH): the live page is not looked at\n");

const SCREENS = [
  { width: 1280, colorScheme: "light" },
  { width: 1280, colorScheme: "dark" },
  { width: 390, colorScheme: "light" },
  { width: 390, colorScheme: "dark" },
] as const;
type Screen = (typeof SCREENS)[number];

const BUSY = { ...sampleView(1000), limits: LIMITS };
const YOUNG = { ...sampleView(0), signals: [] };
const HOSTILE = "<img src=x onerror=injected=1>";

describe.skipIf(executable === undefined)("the live page in Chromium", () => {
  let browser: Browser;
  let admin: AdminServer;
  let view: LiveView = BUSY;
  let rollouts: readonly RolloutStatus[] = [];

  beforeAll(async () => {
    browser = await startChromium(executable ?? "");
    const config = parseConfig("", "test");
    admin = await startAdmin({
      listen: { admin: "127.0.0.1:0", adminHosts: [] },
      env: {},
      metrics: createMetrics(),
      ready: () => true,
      notReloaded: () => undefined,
      config: () => config,
      live: () => view,
      feedback: () => ({ kind: "unknown" }),
      rollout: { statuses: () => rollouts, act: () => ({ kind: "done" }) },
    });
  });

  afterAll(async () => {
    await browser?.close();
    await admin?.close();
  });

  async function opened(screen: Screen, shown: LiveView): Promise<{ page: Page; noise: string[] }> {
    view = shown;
    const { width, colorScheme } = screen;
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const noise: string[] = [];
    const own = [`http://${admin.address}/`, `http://${admin.address}/live`, `http://${admin.address}/v1/rollout`];
    page.on("console", (message) => noise.push(`console ${message.text()}`));
    page.on("pageerror", (error) => noise.push(`error ${error.message}`));
    page.on("request", (request) => own.includes(request.url()) || noise.push(`request ${request.url()}`));
    await page.goto(`http://${admin.address}/`);
    await page.waitForSelector("svg.chart");
    return { page, noise };
  }

  test.each(SCREENS)(
    "at $width px, $colorScheme: four charts drawn whole, no wider than the screen, quiet and by itself",
    async (screen) => {
      const { page, noise } = await opened(screen, BUSY);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(screen.width);
      const charts = await page.evaluate(drawnCharts);
      expect(charts.map(({ title }) => title)).toEqual([
        "Requests per second, by decided tier",
        "Time to first byte, P95 by served tier",
        "Fallbacks and unrouted, each 15 s",
        "Cost per hour",
      ]);
      expect(charts.filter(({ marks, width }) => marks < 1 || width < 250)).toEqual([]);
      expect(charts.flatMap(({ cutTexts }) => cutTexts)).toEqual([]);
      const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      expect(background).toBe(screen.colorScheme === "light" ? "rgb(243, 245, 247)" : "rgb(18, 22, 27)");
      expect(noise).toEqual([]);
      await page.close();
    },
  );

  test("shows breakers and levels where there are any, and marks the tier that is left", async () => {
    const weak = { tier: "weak", breaker: "half-open", levelMs: 1000, predictedMs: 2300, late: ["64-127"] } as const;
    const health = [weak, { tier: "strong", breaker: "closed", levelMs: null, predictedMs: null, late: [] } as const];
    const { page, noise } = await opened(SCREENS[2], { ...BUSY, health });
    expect(await page.locator("#health").isVisible()).toBe(true);
    const cells = await page.locator("#tiers tr td:last-child").allTextContents();
    expect(cells.map((text) => text.replaceAll("\u00a0", " "))).toEqual(["half-open, 2.3 s / 1.0 s (late: 64-127)", "closed, –"]);
    expect(await page.locator("#tiers tr.failed th").allTextContents()).toEqual(["weak"]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(SCREENS[2].width);
    expect(noise).toEqual([]);
    await page.close();
    const without = await opened(SCREENS[0], BUSY);
    expect(await without.page.locator("#health").isVisible()).toBe(false);
    await without.page.close();
  });

  test("shows the rollout under way with its guards and its evidence, no wider than a phone, and nothing of it without one", async () => {
    const without = await opened(SCREENS[2], BUSY);
    expect(await without.page.locator("#rollout").isVisible()).toBe(false);
    await without.page.close();
    rollouts = [ROLLOUT_STATUS];
    const { page, noise } = await opened(SCREENS[2], BUSY);
    await page.locator("#rollout-guards tr", { hasText: "failed" }).waitFor();
    expect(await page.locator("#rollout-text").textContent()).toContain("running, stage 2 of 2, 10 % of the units");
    expect(await page.locator("#rollout-text").textContent()).toContain("100 requests of 10 units in the candidate's arm, 900 of 90 in");
    expect(await page.locator("#rollout-chart svg path, #rollout-chart svg polyline").count()).toBeGreaterThan(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(noise).toEqual([]);
    await page.close();
    rollouts = [];
  });

  test.each([
    [["breaker"], "safe@1 decides: a breaker is open"],
    [[], undefined],
  ] as const)("shows which conservative policy decides, with causes %j: %s", async (causes, text) => {
    const { page, noise } = await opened(SCREENS[2], { ...BUSY, takeover: { policy: "safe@1", causes } });
    expect(await page.locator("#takeover").isVisible()).toBe(text !== undefined);
    if (text !== undefined) expect(await page.locator("#takeover").textContent()).toBe(text);
    expect(noise).toEqual([]);
    await page.close();
  });

  test("shows the figures of the last minute, and of 15 minutes when asked", async () => {
    const { page } = await opened(SCREENS[0], BUSY);
    const tile = (name: string) => page.locator(".tile", { hasText: name }).locator("dd").textContent();
    expect([await tile("requests"), await tile("fallbacks")]).toEqual(["2.0/s", "0\u00a0%"]);
    await page.getByRole("button", { name: "15 minutes" }).click();
    expect([await tile("requests"), await tile("fallbacks")]).toEqual(["5.1/s", "4.4\u00a0%"]);
    expect(await page.locator("#signals tr").count()).toBe(3);
    expect(await page.locator("#requests tr").count()).toBe(50);
    expect(await tile("saved per hour, against all strong")).toMatch(/^\S?\$\d/);
    const [first = ""] = await page.locator("#requests tr").allInnerTexts();
    expect(first.replaceAll("\u00a0", " ").split("\t").slice(1, 5)).toEqual(["strong", "keyword", "strong", "200"]);
    await page.close();
  });

  test("is drawn anew by itself, and says so when sluice no longer answers", async () => {
    const { page } = await opened(SCREENS[0], YOUNG);
    expect(await page.locator("#reasons").textContent()).toBe("No decisions yet.");
    view = BUSY;
    await page.locator("#reasons tr", { hasText: "keyword" }).waitFor();
    await page.route("**/live", (route) => route.abort());
    await page.locator("#state", { hasText: "no answer" }).waitFor();
    expect(await page.evaluate(() => document.body.classList.contains("stale"))).toBe(true);
    await page.unroute("**/live");
    await page.locator("#state", { hasText: /^ready$/ }).waitFor();
    await page.close();
  });

  test("says of a configuration that could not be taken what is wrong with it, for as long as that is so", async () => {
    const failure = { at: "2026-11-29T07:12:03.000Z", code: "config-invalid", message: "all of it", hint: "Correct it.", summary: HOSTILE };
    const { page } = await opened(SCREENS[2], { ...BUSY, notReloaded: failure });
    const told = page.locator("#reload");
    expect([await told.textContent(), await told.isVisible()]).toEqual([`${HOSTILE}. Correct it.`, true]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    view = BUSY;
    await told.waitFor({ state: "hidden" });
    await page.close();
  });

  test("what others wrote stays text", async () => {
    const signals = BUSY.signals.map((signal) => ({ ...signal, requestId: HOSTILE }));
    const requests = BUSY.requests.map((request) => ({ ...request, reason: HOSTILE }));
    const { page, noise } = await opened(SCREENS[0], { ...BUSY, policy: HOSTILE, signals, requests });
    expect(await page.evaluate(() => ["injected" in window, document.querySelectorAll("img").length])).toEqual([false, 0]);
    for (const table of ["#signals", "#requests"]) expect(await page.locator(table).textContent()).toContain(HOSTILE);
    expect(noise).toEqual([]);
    await page.close();
  });
});

/** Runs in the page. */
function drawnCharts() {
  return [...document.querySelectorAll("svg.chart")].map((svg) => {
    const box = svg.getBoundingClientRect();
    const cut = [...svg.querySelectorAll("text")].filter((each) => {
      const { left, right, top, bottom } = each.getBoundingClientRect();
      return left < box.left - 1 || right > box.right + 1 || top < box.top - 1 || bottom > box.bottom + 1;
    });
    const marks = [...svg.querySelectorAll("polygon, path")].filter((mark) => mark.getBoundingClientRect().height > 5);
    return {
      title: svg.getAttribute("aria-label"),
      width: box.width,
      marks: marks.length,
      cutTexts: cut.map(({ textContent }) => textContent),
    };
  });
}
