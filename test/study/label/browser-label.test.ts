// The page to label on as people use it: in Chromium, on a desk and a phone, in light and dark, by keys alone.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deskListener, newToken } from "../../../src/study/label/desk-server.ts";
import { labelsIn } from "../../../src/study/label/journal.ts";
import { firstOf } from "../../../src/study/label/label-entry.ts";
import { findChromium, startChromium } from "../../support/chromium.ts";
import { waitFor } from "../../support/wait-for.ts";
import { deskOn, HOSTILE, type OpenDesk, ROWS } from "./rows.ts";

const executable = findChromium();
if (executable === undefined) process.stderr.write("no Chromium (CHROMIUM_BIN, PATH): the page to label on is not looked at\n");

const SCREENS = [
  { width: 1280, colorScheme: "light" },
  { width: 1280, colorScheme: "dark" },
  { width: 390, colorScheme: "light" },
  { width: 390, colorScheme: "dark" },
] as const;
type Screen = (typeof SCREENS)[number];

describe.skipIf(executable === undefined)("the page to label on, in Chromium", () => {
  let browser: Browser;
  const servers: Server[] = [];

  beforeAll(async () => {
    browser = await startChromium(executable ?? "");
  });
  afterAll(async () => {
    await browser?.close();
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  });

  /** `noise`: what is said on the console, and requests of others than the page's own. */
  async function opened(screen: Screen, on?: OpenDesk): Promise<{ page: Page; noise: string[]; file: string }> {
    const { desk, file } = on ?? (await deskOn());
    const token = newToken();
    const server = createServer(deskListener(desk, token, () => undefined));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${token}/`;
    const { width, colorScheme } = screen;
    const page = await browser.newPage({ viewport: { width, height: 844 }, colorScheme, reducedMotion: "reduce" });
    page.setDefaultTimeout(10_000);
    const noise: string[] = [];
    page.on("console", (message) => noise.push(`console ${message.text()}`));
    page.on("pageerror", (error) => noise.push(`error ${error.message}`));
    page.on("request", (request) => request.url().startsWith(url) || noise.push(`request ${request.url()}`));
    await page.goto(url);
    await at(page, 1);
    return { page, noise, file };
  }

  const at = (page: Page, row: number) => page.locator("#where", { hasText: `Request ${row} of ${ROWS.length}` }).waitFor();

  test.each(SCREENS)(
    "at $width px, $colorScheme: every row is drawn whole, no wider than the screen, quiet and by itself",
    async (screen) => {
      const { page, noise } = await opened(screen);
      for (const row of ROWS.keys()) {
        await at(page, row + 1);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(screen.width);
        const outside = await page.evaluate(outsideOfTheirBoxes);
        expect(outside).toEqual([]);
        await page.keyboard.press("s");
      }
      const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      expect(background).toBe(screen.colorScheme === "light" ? "rgb(243, 245, 247)" : "rgb(18, 22, 27)");
      expect(await page.locator("#criteria li").first().isVisible()).toBe(screen.width > 1000);
      expect(noise).toEqual([]);
      await page.close();
    },
  );

  test("takes labels by keys alone, shows how far it is, and ends when all are labelled", async () => {
    const { page, noise, file } = await opened(SCREENS[0]);
    await page.keyboard.press("1");
    await at(page, 2);
    expect(await page.locator("#count").textContent()).toBe("1 of 6 labelled");
    await page.keyboard.press("n");
    await page.keyboard.type("3 lines would do");
    await page.keyboard.press("Escape");
    await page.keyboard.press("4");
    await at(page, 3);
    await page.keyboard.press("s");
    await at(page, 4);
    expect(await page.locator("#count").textContent()).toBe("2 of 6 labelled, 1 skipped");
    await page.keyboard.press("3");
    await at(page, 5);
    await page.keyboard.press("2");
    await at(page, 6);
    await page.keyboard.press("1");
    await at(page, 3); // what was skipped comes again
    await page.keyboard.press("2");
    await page.locator("#finished", { hasText: "All 6 are labelled" }).waitFor();
    expect(await page.locator("#request").isVisible()).toBe(false);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("finished");
    const said = await labelsIn([file]);
    const other = (id: string) => (firstOf({ by: "ana", seed: 1 }, id) === "weak" ? "strong" : "weak");
    expect(said.map(({ id, needed, better, note }) => [id, needed, better, note])).toEqual([
      ["r-1", firstOf({ by: "ana", seed: 1 }, "r-1"), firstOf({ by: "ana", seed: 1 }, "r-1"), undefined],
      ["r-2", undefined, "tie", "3 lines would do"],
      ["r-4", "weak", "tie", undefined],
      ["r-5", "strong", undefined, undefined],
      ["r-6", "weak", undefined, undefined],
      ["r-3", other("r-3"), other("r-3"), undefined],
    ]);
    expect(noise).toEqual([]);
    await page.close();
  });

  test("goes back, shows what was chosen, takes another choice, and takes back the last", async () => {
    const { page, file } = await opened(SCREENS[2]);
    await page.getByRole("button", { name: "Both" }).click();
    await at(page, 2);
    await page.keyboard.press("p");
    await at(page, 1);
    expect(await page.getByRole("button", { pressed: true }).allInnerTexts()).toEqual([expect.stringContaining("Both")]);
    await page.keyboard.press("4");
    await at(page, 2);
    await page.keyboard.press("u");
    await at(page, 1);
    expect(await page.getByRole("button", { pressed: true }).count()).toBe(0);
    expect(await page.getByRole("button", { name: "Undo" }).isDisabled()).toBe(true);
    const said = await labelsIn([file]);
    expect(said.map(({ needed, better, undone }) => [needed, better, undone])).toEqual([
      ["weak", "tie", undefined],
      [undefined, "tie", undefined],
      [undefined, undefined, true],
    ]);
    await page.close();
  });

  test("tells a screen reader what it is at, what was saved, and what each key does", async () => {
    const { page } = await opened(SCREENS[0]);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("where");
    const snapshot = await page.locator("body").ariaSnapshot();
    for (const part of [
      'heading "Request 1 of 6"',
      'region "Answer A"',
      'region "Answer B"',
      'group "Which answer would you let stand?"',
    ]) {
      expect(snapshot).toContain(part);
    }
    expect(snapshot).toContain('progressbar "labelled"');
    expect(snapshot).toContain('textbox "Note"');
    const keys = await page.locator("button").evaluateAll((all) => all.map((button) => button.getAttribute("aria-keyshortcuts")));
    expect(keys).toEqual(["1", "2", "3", "4", "p", "s", "u"]);
    await page.keyboard.press("3");
    await at(page, 2);
    expect(await page.getByRole("status").textContent()).toBe("Saved: Both.");
    await page.close();
  });

  test("leaves keys alone while they are typed, with Ctrl, and where somebody has turned them off", async () => {
    const { page, file } = await opened(SCREENS[0]);
    await page.locator("#note").fill("");
    await page.locator("#note").pressSequentially("1s2u");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+1");
    await page.locator("#keys").uncheck();
    await page.locator("#where").focus();
    await page.keyboard.press("1");
    await page.getByRole("button", { name: "Skip" }).click();
    await at(page, 2);
    expect(await labelsIn([file])).toEqual([]);
    await page.close();
  });

  test("what others wrote stays text", async () => {
    const { page, noise } = await opened(SCREENS[0]);
    for (const row of [2, 3, 4]) {
      await page.keyboard.press("s");
      await at(page, row);
    }
    expect(await page.locator("#turns").textContent()).toContain(HOSTILE);
    expect(await page.evaluate(() => ["injected" in window, document.querySelectorAll("img, b, main script").length])).toEqual([false, 0]);
    expect(noise).toEqual([]);
    await page.close();
  });

  test("stays at the row, and says so, when a label cannot be saved", async () => {
    const on = await deskOn();
    const { page } = await opened(SCREENS[2], on);
    await on.journal.close();
    await page.keyboard.press("1");
    await page
      .getByRole("alert")
      .filter({ hasText: /^Not saved: .*the label is not on the disk/ })
      .waitFor();
    for (const server of servers) server.close();
    for (const server of servers) server.closeAllConnections();
    await page.keyboard.press("1");
    await page.getByRole("alert").filter({ hasText: "Not saved: sluice no longer answers" }).waitFor();
    await page.keyboard.press("s");
    await page.getByRole("alert").filter({ hasText: "Not loaded: sluice no longer answers" }).waitFor();
    await at(page, 1);
    expect(await waitFor("the count", () => page.locator("#count").textContent())).toBe("0 of 6 labelled");
    await page.close();
  });
});

/** Runs in the page: words that stand outside of the box that should hold them. */
function outsideOfTheirBoxes(): readonly string[] {
  return [...document.querySelectorAll("section, footer, header, aside")].flatMap((box) => {
    const { left, right } = box.getBoundingClientRect();
    const inside = [...box.querySelectorAll("p, h1, h2, h3, button, dl, textarea, pre")].filter((each) => each.checkVisibility());
    return inside
      .filter((each) => each.getBoundingClientRect().left < left - 1 || each.getBoundingClientRect().right > right + 1)
      .map((each) => each.outerHTML.slice(0, 80));
  });
}
