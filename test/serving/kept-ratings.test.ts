// A week of ratings over a restart: what the file gives back, what it leaves out, and a file that will not do.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { createOverview } from "../../src/outcome/admin/overview.ts";
import { DAY_MS, ratedFigures } from "../../src/outcome/signals/ratings.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { createMetrics } from "../../src/outcome/telemetry/metrics.ts";
import { openRatings } from "../../src/serving/kept-ratings.ts";
import { waitFor } from "../support/wait-for.ts";

const WEAK = { tier: "weak", policy: "main@1", reason: "under-thresholds" };
const CODE = { tier: "strong", policy: "main@1", reason: "rule", rule: "code" };
const TODAY = 20_000;

let folder = "";
let path = "";
let lines: string[] = [];
let counted: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-ratings-"));
  path = join(folder, "ratings.json");
  lines = [];
  counted = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const log = createLogger({ level: "info", destination: { write: (line) => void lines.push(line) } });
const counting = { ratingsFile: (result: string) => void counted.push(result) };
const openOn = (day: number, of: string | undefined = path, afterMs = 1) =>
  openRatings({ path: of, metrics: counting, log, now: () => day * DAY_MS + 1000, afterMs });
const told = () => lines.map((line) => (JSON.parse(line) as { msg: string }).msg);

describe("a week of ratings that is kept in a file", () => {
  test("is there again after a restart, rule by rule, and goes on", async () => {
    const before = await openOn(TODAY);
    for (const rating of [5, 2]) before.rated(WEAK, rating);
    before.rated(CODE, 1);
    await before.close();
    const after = await openOn(TODAY + 1);
    expect(after.sums()).toEqual(before.sums());
    after.rated(WEAK, 5);
    await after.close();
    const sums = (await openOn(TODAY + 1)).sums();
    expect(ratedFigures(sums, ["weak", "strong"]).tiers).toEqual([
      { tier: "weak", ratings: 3, mean: 4, good: 2 / 3 },
      { tier: "strong", ratings: 1, mean: 1, good: 0 },
    ]);
    expect([told(), counted]).toEqual([[], ["read", "read"]]);
  });

  test("is written soon, not at the end alone: a process that is killed loses a second of it", async () => {
    const ratings = await openOn(TODAY);
    ratings.rated(WEAK, 4);
    await waitFor("the file", () => existsSync(path));
    expect((await openOn(TODAY)).sums()).toMatchObject([{ tier: "weak", ratings: 1, sum: 4 }]);
    await ratings.close();
  });

  test("forgets what was rated longer than a week ago, and days yet to come", async () => {
    const before = await openOn(TODAY);
    before.rated(WEAK, 4);
    await before.close();
    const on = async (day: number) => (await openOn(day)).sums().length;
    expect([await on(TODAY - 1), await on(TODAY), await on(TODAY + 6), await on(TODAY + 7)]).toEqual([0, 1, 1, 0]);
  });

  test("is not there where no file is named, nor where nothing was rated", async () => {
    const [nameless, unrated] = [await openRatings({ path: undefined, metrics: counting, log, now: Date.now }), await openOn(TODAY)];
    nameless.rated(WEAK, 4);
    await Promise.all([nameless.close(), unrated.close()]);
    expect(existsSync(path)).toBe(false);
  });

  const day = (cell: object) => JSON.stringify({ version: 1, days: [{ day: TODAY, cells: [{ ...WEAK, rule: null, ...cell }] }] });

  test.each<[what: string, text: string]>([
    ["cut off", day({ ratings: 1, sum: 4, good: 1 }).slice(0, -9)],
    ["of another version", day({ ratings: 1, sum: 4, good: 1 }).replace('"version":1', '"version":2')],
    ["with a mean that no ratings have", day({ ratings: 1, sum: 6, good: 1 })],
    ["with more good ratings than ratings", day({ ratings: 1, sum: 4, good: 2 })],
    ["of something else", "[]"],
  ])("begins anew where the file is %s, which is told once and put aside", async (_, text) => {
    writeFileSync(path, text);
    const ratings = await openOn(TODAY);
    expect(ratings.sums()).toEqual([]);
    expect(told()).toEqual([expect.stringContaining("it was put aside, and the week of ratings begins anew")]);
    expect(counted).toEqual(["bad"]);
    expect(readFileSync(`${path}.bad`, "utf8")).toBe(text);
    ratings.rated(WEAK, 5);
    await ratings.close();
    expect((await openOn(TODAY)).sums()).toMatchObject([{ ratings: 1, sum: 5 }]);
  });

  test("that cannot be written says so once, counts on, and is written when it can be", async () => {
    const deep = join(folder, "not-there", "ratings.json");
    const ratings = await openOn(TODAY, deep);
    ratings.rated(WEAK, 5);
    await waitFor("that it is told", () => lines.length > 0);
    mkdirSync(join(folder, "not-there"));
    ratings.rated(WEAK, 4);
    await ratings.close();
    expect(counted.filter((result) => result !== "failed")).toEqual([]);
    expect(counted.length).toBeGreaterThan(0);
    expect(told()).toEqual([expect.stringContaining("cannot be written"), "the ratings' file is written again"]);
    expect((await openOn(TODAY, deep)).sums()).toMatchObject([{ ratings: 2, sum: 9 }]);
  });

  test("stands on the page and in the metrics at once", async () => {
    const before = await openRatings({ path, metrics: counting, log, now: Date.now });
    before.rated(WEAK, 3);
    await before.close();
    const metrics = createMetrics();
    const nothing = () => undefined;
    const none = { notReloaded: nothing, limits: nothing, store: nothing };
    const ratings = await openRatings({ path, metrics: counting, log, now: Date.now });
    const tiers = () => parseConfig("", "test").tiers;
    const overview = createOverview({ tiers, policyId: () => "main@1", ready: () => true, ...none, metrics, log, ratings });
    expect(overview.view().ratings.tiers).toEqual([{ tier: "weak", ratings: 1, mean: 3, good: 0 }]);
    expect((await metrics.expose("prometheus")).text).toContain('sluice_week_rating_points{tier="weak",reason="under-thresholds"} 3');
  });
});
