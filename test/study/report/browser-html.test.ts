// The page as its readers see it: in Chromium, on a desk and a phone, in light and dark.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EvaluationResult } from "../../../src/study/evaluate/result.ts";
import { proposalPage } from "../../../src/study/propose/proposal-page.ts";
import type { ProposalReport } from "../../../src/study/propose/proposal-text.ts";
import { htmlReport } from "../../../src/study/report/html.ts";
import { cascadeReport } from "../../../src/study/report/html-cascade.ts";
import { findChromium, startChromium } from "../../support/chromium.ts";
import { CHANGED, HOSTILE as HOSTILE_PROPOSAL, UNCHANGED } from "../propose/made-reports.ts";
import { ABOUT, CASCADE, GROUNDS, HOSTILE_GROUNDS } from "./cascade-results.ts";
import { CROWDED, HOSTILE, LABELS, ONE_ROW, SCORES } from "./html-results.ts";

const executable = findChromium();
if (executable === undefined) process.stderr.write("no Chromium (CHROMIUM_BIN, PATH): the page is not looked at\n");

const evaluation = (result: EvaluationResult) => () => htmlReport(result);
const proposal = (report: ProposalReport) => async () => proposalPage(report);

const cascade = (grounds: typeof GROUNDS) => () => cascadeReport(CASCADE, grounds, ABOUT);

const PAGES: readonly (readonly [name: string, page: () => Promise<string>, charts: number])[] = [
  ["scores", evaluation(SCORES), 8],
  ["labels", evaluation(LABELS), 6],
  ["one row", evaluation(ONE_ROW), 0],
  ["crowded", evaluation(CROWDED), 16],
  ["hostile", evaluation(HOSTILE), 18],
  ["proposal", proposal(CHANGED), 0],
  ["hostile proposal", proposal(HOSTILE_PROPOSAL), 0],
  ["no proposal", proposal(UNCHANGED), 0],
  ["cascade", cascade(GROUNDS), 1],
  ["hostile cascade", cascade(HOSTILE_GROUNDS), 1],
];

const SCREENS = [
  { width: 1280, colorScheme: "light" },
  { width: 1280, colorScheme: "dark" },
  { width: 390, colorScheme: "light" },
  { width: 390, colorScheme: "dark" },
] as const;

describe.skipIf(executable === undefined)("the page in Chromium", () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-html-"));
  const urls = new Map<string, string>();
  let browser: Browser;

  beforeAll(async () => {
    browser = await startChromium(executable ?? "");
    for (const [name, made] of PAGES) {
      const file = join(folder, `${name}.html`);
      writeFileSync(file, await made());
      urls.set(name, pathToFileURL(file).href);
    }
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  /** The two that differ most say enough of the pages with charts, which take long to draw. */
  const screensFor = (charts: number) => (charts === 0 ? SCREENS : [SCREENS[0], SCREENS[3]]);
  const cases = PAGES.flatMap(([name, , charts]) => screensFor(charts).map((screen) => ({ name, charts, ...screen })));

  test.each(cases)("$name at $width px, $colorScheme: drawn whole, quiet, by itself, and no wider than the screen", async (each) => {
    const url = urls.get(each.name) ?? "";
    const { page, noise } = await opened(browser, url, each);
    expect(noise).toEqual([`request ${url}`]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(each.width);
    const charts = await page.evaluate(visibleCharts);
    expect(charts).toHaveLength(each.charts);
    expect(charts.filter(({ marks, width, height }) => marks < 10 || width < 300 || height < 60)).toEqual([]);
    expect(charts.flatMap(({ cutTexts }) => cutTexts)).toEqual([]);
    expect(charts.flatMap(({ title, overlaps }) => overlaps.map((pair) => [title, ...pair]))).toEqual([]);
    await page.close();
  });

  test("what users wrote stays text", async () => {
    for (const name of ["hostile cascade", "hostile"]) {
      const { page } = await opened(browser, urls.get(name) ?? "", SCREENS[0]);
      expect(await page.evaluate(() => document.querySelectorAll("script, img, iframe, [onload], [onerror], [onmouseover]").length)).toBe(
        0,
      );
      expect(await page.evaluate(() => "injected" in window)).toBe(false);
      await page.close();
    }
    const { page } = await opened(browser, urls.get("hostile") ?? "", SCREENS[0]);
    const excerpts = await page.evaluate(() => [...document.querySelectorAll(".excerpt")].map(({ textContent }) => textContent));
    expect(excerpts).toContain(`<img src=x onerror="window.injected=1">`);
    await page.close();
  });

  test("on paper it is light, and the numbers are unfolded", async () => {
    const { page } = await opened(browser, urls.get("scores") ?? "", SCREENS[1]);
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe("rgb(255, 255, 255)");
    expect(await page.evaluate(() => document.querySelector("figure details td")?.checkVisibility({ contentVisibilityAuto: true }))).toBe(
      true,
    );
    await page.close();
  });
});

interface Screen {
  readonly width: number;
  readonly colorScheme: "light" | "dark";
}

/** `noise`: requests, errors and whatever is said on the console. */
async function opened(browser: Browser, url: string, { width, colorScheme }: Screen): Promise<{ page: Page; noise: readonly string[] }> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const noise: string[] = [];
  page.on("console", (message) => noise.push(`console ${message.text()}`));
  page.on("pageerror", (error) => noise.push(`error ${error.message}`));
  page.on("request", (request) => noise.push(`request ${request.url()}`));
  await page.goto(url, { waitUntil: "load" });
  return { page, noise };
}

/** Runs in the page. */
function visibleCharts() {
  const overlap = (a: DOMRect, b: DOMRect) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4;
  return [...document.querySelectorAll("svg.chart")]
    .filter((svg) => svg.checkVisibility())
    .map((svg) => {
      const box = svg.getBoundingClientRect();
      const marks = [...svg.querySelectorAll("path, line, text")].filter((mark) => {
        const { width, height } = mark.getBoundingClientRect();
        return width + height > 0;
      });
      const texts = [...svg.querySelectorAll("text")].map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
      const cut = texts.filter(
        ({ box: of }) => of.left < box.left - 1 || of.right > box.right + 1 || of.top < box.top - 1 || of.bottom > box.bottom + 1,
      );
      return {
        title: svg.closest("figure")?.querySelector("h3")?.textContent ?? "",
        marks: marks.length,
        width: box.width,
        height: box.height,
        cutTexts: cut.map(({ text }) => text),
        overlaps: texts.flatMap((a, at) =>
          texts
            .slice(at + 1)
            .filter((b) => overlap(a.box, b.box))
            .map((b) => [a.text, b.text]),
        ),
      };
    });
}
