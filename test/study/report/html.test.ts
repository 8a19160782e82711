import { expect, test } from "vitest";
import type { EvaluationResult, PolicyResult } from "../../../src/study/evaluate/result.ts";
import { htmlReport } from "../../../src/study/report/html.ts";
import { STYLE } from "../../../src/study/report/html-style.ts";
import { CROWDED, HOSTILE, LABELS, LEARNED, labelled, ONE_ROW, SCORES, THRESHOLD } from "./html-results.ts";

const headings = (page: string) => [...page.matchAll(/<h2>([^<]*)<\/h2>/g)].map(([, title]) => title);
const count = (page: string, pattern: RegExp) => [...page.matchAll(pattern)].length;

test("the same result gives the same page", async () => {
  expect(await htmlReport(SCORES)).toBe(await htmlReport(structuredClone(SCORES)));
});

test("the page has no script, and nothing in it is fetched", async () => {
  const page = await htmlReport(SCORES);
  expect(page.match(/<script|<link(?! rel="icon" href="data:,")|<img|<iframe|@import|url\(/gi)).toBeNull();
  expect(page.replaceAll(/ xmlns(?::xlink)?="[^"]*"/g, "").match(/https?:\/\/\S*/g)).toBeNull();
  expect(page.includes(`content="default-src 'none'`)).toBe(true);
});

test("each policy's verdict stands up front, with a mark for its kind and the goals below", async () => {
  const worse: PolicyResult = {
    ...THRESHOLD,
    name: "bad",
    evidence: "worse",
    goals: { misrouteMet: true, shareMet: true, sentence: "misroutes 4 % at 65 % weak: both met" },
  };
  const page = await htmlReport({ ...SCORES, policies: [THRESHOLD, LEARNED, worse] });
  const front = page.slice(0, page.indexOf("<nav"));
  expect(front.match(/<p class="mark">.*<\/p>/g)).toEqual([
    `<p class="mark"><span aria-hidden="true">○</span> No evidence that it routes</p>`,
    `<p class="mark"><span aria-hidden="true">✓</span> Better than random</p>`,
    `<p class="mark"><span aria-hidden="true">✗</span> Worse than random</p>`,
  ]);
  expect(front).toContain("Recovers 23 % of the gap at 78 % weak; random would recover 22 %: no evidence that it routes.");
  expect(front).toContain("<strong>✗ Goals not met:</strong> misroutes 32 %");
  expect(front).toContain("<strong>✓ Goals met:</strong> misroutes 4 %");
  expect(front).toContain("1,313 with scores, 2 bad rows left out");
});

test("sections stand in the order of a reader's questions, and those without data are left out", async () => {
  expect(headings(await htmlReport(SCORES))).toEqual([
    "Read with care",
    "Gate",
    "Figures",
    "Cost and quality",
    "Where requests went",
    "Keywords that help, keywords that hurt",
    "Calibration",
    "By group",
    "By language",
    "Sweep",
    "Worst misroutes",
    "How to read this page",
  ]);
  expect(headings(await htmlReport(ONE_ROW))).toEqual(["Figures", "Where requests went", "How to read this page"]);
});

test.each([
  ["scores", SCORES],
  ["labels", LABELS],
  ["one row", ONE_ROW],
  ["crowded", CROWDED],
  ["hostile", HOSTILE],
])("%s: every link leads somewhere, nothing undefined is printed", async (_, result: EvaluationResult) => {
  const page = await htmlReport(result);
  const ids = new Set([...page.matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id));
  expect([...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id).filter((id) => !ids.has(id))).toEqual([]);
  expect(page.match(/\bundefined\b|\bNaN\b|Infinity|\[object/g)).toBeNull();
});

test("every chart has a title, what it shows in words, a legend and its numbers, and is drawn in two widths", async () => {
  const page = await htmlReport(SCORES);
  const figures = page.split("<figure>").slice(1);
  expect(figures).toHaveLength(8);
  for (const figure of figures) {
    expect(figure).toMatch(/<h3>[^<]{4,}<\/h3>/);
    expect(count(figure, /<svg class="chart (?:wide|narrow)" role="img" aria-label="[^"]{40,}"/g)).toBe(2);
    expect(count(figure, /<li><svg class="swatch"/g)).toBeGreaterThan(1);
    expect(figure).toMatch(/<details><summary>The numbers<\/summary>.*<td>/s);
    expect(count(figure, /role-axis-title/g)).toBeGreaterThan(1);
  }
});

test("figures stand above those of random and length, with their intervals", async () => {
  const page = await htmlReport(SCORES);
  const table = page.slice(page.indexOf('<table class="policies">'), page.indexOf('<div class="further">'));
  expect(table).toContain("<td><b>22.7</b><small>[15.7–29.7]</small><svg");
  expect(table).toMatch(
    /random, same share<\/th><td>78\.0<\/td><td>32\.3<\/td><td><\/td><td><\/td><td>86\.2<\/td><td>22\.0<\/td><td>\.500<\/td><td>1\.09</,
  );
  expect(page.match(/all strong<\/th>/g)).toHaveLength(1);
});

test("labels: the curve is of those who needed strong, and length's point on it follows from its misroutes", async () => {
  const length = { name: "length", weakShare: 0.7, misroute: 0.2, quality: undefined, gapRecovered: undefined } as const;
  const policy = { ...labelled(THRESHOLD), baselines: [{ ...length, apgr: undefined, costPer1000: undefined }] };
  const page = await htmlReport({ ...LABELS, neededStrong: 0.4, policies: [policy] });
  // of 100 rows 40 need strong and 30 get it; 20 misroutes are 15 missed and 5 wasted, so 25 of the 40 got it
  expect(page.includes("v7: 21.9 % of those that need strong at 22.0 % strong; random 22.0 %, length 62.5 %.")).toBe(true);
});

test("keywords are sorted from the most helpful to the most harmful; those that never decide are only in the table", async () => {
  const page = await htmlReport({ ...SCORES, policies: [THRESHOLD] });
  const figure = page.slice(page.indexOf('<section id="keywords">'), page.indexOf('<section id="groups">'));
  const wide = figure.slice(figure.indexOf('<svg class="chart wide'), figure.indexOf('<svg class="chart narrow'));
  expect(wide.match(/(?:prove|性能优化|design|refactor)(?=<)/g)).toEqual(["prove", "性能优化", "design"]);
  expect(figure).toContain(`<th scope="row" dir="auto">design</th><td>15</td><td>9</td><td>1</td><td>8</td><td>−0.53</td>`);
  expect(figure).toContain(`<th scope="row" dir="auto">refactor</th><td>0</td>`);
  expect(figure).toContain("1 of 4 keywords never decide alone.");
});

test("a group without a figure is in the table and not in the chart of that figure", async () => {
  const page = await htmlReport(SCORES);
  const [misroutes = "", area = ""] = page
    .slice(page.indexOf('<section id="groups">'), page.indexOf('<section id="languages">'))
    .split("<h3>APGR");
  const labels = (figure: string) => figure.match(/>(?:law|moral scenarios|virology)<\/text>/g);
  expect(labels(misroutes)).toHaveLength(6);
  expect(labels(area)).toHaveLength(4);
  expect(area.match(/<th scope="row" dir="auto">virology<\/th>/g)).toHaveLength(2);
});

test("what users wrote is text, in the page and in the charts", async () => {
  const page = await htmlReport(HOSTILE);
  expect(page.match(/<script|<img|<svg onload|<iframe/g)).toBeNull();
  expect(page.includes("&lt;img src=x onerror=&quot;window.injected=1&quot;&gt;</p>")).toBe(true);
});

test.each([
  ["light", /:root\{([^}]*)\}/],
  ["dark", /dark\)\{:root\{([^}]*)\}/],
])("%s: text has a contrast of 4.5 on its ground, and what is drawn 3", (_, pattern) => {
  const colors = new Map(
    [...(pattern.exec(STYLE)?.[1] ?? "").matchAll(/--([\w-]+):(#\w+)/g)].map(([, name, color]) => [name, color ?? ""]),
  );
  const ratio = (a: string, b: string) => contrast(colors.get(a) ?? "", colors.get(b) ?? "");
  const texts = ["ink", "soft", "good", "none", "bad"].flatMap((text) =>
    ["paper", "card"].map((ground) => [text, ground, ratio(text, ground)] as const),
  );
  expect(texts.filter(([, , value]) => !(value >= 4.5))).toEqual([]);
  expect(ratio("ink", "warn")).toBeGreaterThan(4.5);
  const drawn = [...colors.keys()].filter((name) => /^series|length|right|wrong/.test(name ?? ""));
  expect(drawn.length).toBe(9);
  expect(drawn.filter((name) => !(ratio(name ?? "", "paper") >= 3))).toEqual([]);
});

/** WCAG 2.2: of relative luminances. */
function contrast(a: string, b: string): number {
  const [lower = 0, higher = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (higher + 0.05) / (lower + 0.05);
}

function luminance(hex: string): number {
  const digits = hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit).join("") : hex.slice(1);
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const channel = Number.parseInt(digits.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
