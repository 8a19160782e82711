// What is proposed, and what is not: labels in which nothing tells anything, labels with a word that does, and too few of them.
import { describe, expect, test } from "vitest";
import type { ReadRows } from "../../../src/study/propose/labelled-rows.ts";
import { changeOf, type Proposal } from "../../../src/study/propose/proposal.ts";
import { isStopWord } from "../../../src/study/propose/stop-words.ts";
import { type Language, madeRows } from "./made-rows.ts";
import { proposed } from "./proposed.ts";

const PLANTED: readonly (readonly [language: Language, written: string, proposed: string])[] = [
  ["en", "kubernetes", "kubernetes"],
  ["zh", "微服务", "微服务"],
  ["ko", "동시성을", "동시성"],
];

function wordsOf({ change }: Proposal): readonly string[] {
  return change !== undefined && "words" in change ? change.words.added.map(({ word }) => word) : [];
}

describe("a word that tells", () => {
  test.each(PLANTED)(
    "in %s, %s, is found and nothing beside it, and its gain is told from rows it was not found in",
    async (language, word, stem) => {
      const rows = madeRows({ seed: 1, rows: 400, planted: { word, language, share: 0.12, needs: 0.85 } });
      const proposal = await proposed(rows);
      expect(proposal).toMatchObject({ use: "change", why: "proven", chosen: "keywords", picks: Array(5).fill("keywords") });
      expect(wordsOf(proposal)).toEqual([stem]);
      const { low, value, high } = changeOf(proposal.comparison ?? raise(), "quality");
      const truth = 0.12 * 0.85;
      expect(low).toBeGreaterThan(0);
      expect([low <= truth, high >= truth, value > 0.05]).toEqual([true, true, true]);
    },
  );

  test("is measured for the requests that rows stand for, where they were drawn with unlike chances", async () => {
    const rows = madeRows({ seed: 3, rows: 600, planted: { word: "kubernetes", language: "en", share: 0.25, needs: 0.85 } });
    const holds = (body: Uint8Array) => Buffer.from(body).includes("kubernetes");
    const drawn = { ...rows, labelled: rows.labelled.map((row) => ({ ...row, weight: holds(row.body) ? 1 : 4 })) };
    const proposal = await proposed(drawn);
    const { low, high } = changeOf(proposal.comparison ?? raise(), "weakShare");
    expect(wordsOf(proposal)).toEqual(["kubernetes"]);
    const truth = -0.25 / (0.25 + 4 * 0.75);
    expect([low <= truth, high >= truth, low > -0.15]).toEqual([true, true, true]);
  });
});

describe("on topics that are not among the labels", () => {
  const WORDS = ["kubernetes", "eigenvalue", "plaintiff", "mitochondria", "amortisation", "fugue"];
  /** Six groups, each with a word that tells: one for all, or one of its own. */
  function grouped(wordOf: (group: number) => string): ReadRows {
    const parts = WORDS.map((_, group) => {
      const planted = { word: wordOf(group), language: "en", share: 0.3, needs: 0.9 } as const;
      return madeRows({ seed: 20 + group, rows: 110, planted }).labelled.map((row) => ({ ...row, group: `topic ${group}` }));
    });
    return { ...madeRows({ seed: 1, rows: 0 }), labelled: parts.flat(), read: 660 };
  }
  const shared = grouped(() => "kubernetes");
  const own = grouped((group) => WORDS[group] ?? "");

  test.each([
    ["that tells everywhere holds on any topic", shared, 0.2, { use: "change", why: "proven", unseen: { groups: 6, reach: "any topic" } }],
    ["of one topic is for topics like these only", own, 0.2, { use: "change", why: "proven", unseen: { reach: "topics like these only" } }],
    ["of one topic is no change where most requests are of others", own, 0.6, { use: "nothing", why: "known-topics-only" }],
    ["that tells everywhere is one even there", shared, 0.6, { use: "change", why: "proven" }],
  ])("a word %s", async (_, rows, newTopics, expected) => {
    expect(await proposed(rows, { newTopics, families: ["keywords"] })).toMatchObject(expected);
  });
});

describe("thresholds", () => {
  const rows = madeRows({ seed: 6, rows: 500 });
  const frame = JSON.stringify({ messages: [{ role: "user", content: "" }] }).length;
  const isLong = ({ body }: { readonly body: Uint8Array }) => [...new TextDecoder().decode(body)].length - frame > 100;
  const labelled = rows.labelled.map((row) => ({ ...row, quality: [isLong(row) ? 0 : 1, 1] }));
  const share = labelled.filter(isLong).length / labelled.length;

  test.each([
    ["where the gain is, where that leaves enough to the first tier", 0.3, share],
    ["no further than is left to the first tier", 0.8, 0.2],
  ])("are set %s", async (_, weakShare, most) => {
    const proposal = await proposed({ ...rows, labelled }, { weakShare, families: ["thresholds"] });
    expect(proposal).toMatchObject({ use: "change", chosen: "thresholds" });
    const moved = (proposal.comparison?.moved ?? 0) / labelled.length;
    expect([moved > most - 0.15, moved < most + 0.03]).toEqual([true, true]);
  });
});

describe("labels in which nothing tells anything", () => {
  test("give no change, in at least 95 % of 40 runs", { timeout: 120_000 }, async () => {
    const proposals: Proposal[] = [];
    for (let seed = 1; seed <= 40; seed++) proposals.push(await proposed(madeRows({ seed, rows: 160 }), { resamples: 200 }));
    expect(proposals.filter(({ use }) => use === "change").length).toBeLessThanOrEqual(2);
    expect(proposals.flatMap(wordsOf).filter(isStopWord)).toEqual([]);
    const chosen = proposals.filter((each) => each.chosen !== undefined).flatMap(({ comparison }) => comparison ?? []);
    const told = chosen.map((comparison) => changeOf(comparison, "overChance").value);
    expect(told.reduce((sum, value) => sum + value, 0) / told.length).toBeLessThan(0.012); // on the rows they were chosen on: .022
  });

  test("that a trained policy can be told from give no trained policy", { timeout: 60_000 }, async () => {
    const proposal = await proposed(madeRows({ seed: 5, rows: 160 }), { families: ["learned"] });
    expect(proposal).toMatchObject({ use: "nothing", change: undefined });
  });

  test.each([
    ["fewer than a hundred labels", madeRows({ seed: 1, rows: 99 })],
    ["labels of one kind", madeRows({ seed: 1, rows: 300, needs: 0.01 })],
    ["no labels", madeRows({ seed: 1, rows: 0 })],
  ])("%s give no change, and say why", async (_, rows) => {
    expect(await proposed(rows)).toMatchObject({ use: "nothing", why: "too-few-labels", comparison: undefined });
  });
});

function raise(): never {
  throw new Error("there is a comparison");
}
