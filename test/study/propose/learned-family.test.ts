// A trained policy as a kind of change: what is measured of it is what would be written, the tiers of its topics too.
import { expect, test } from "vitest";
import { thresholdPolicy } from "../../../src/request/policy/threshold.ts";
import { learnedFamily } from "../../../src/study/propose/learned-family.ts";
import { studiedRows } from "../../../src/study/propose/studied.ts";
import { madeRows } from "./made-rows.ts";
import { PLACE, V7 } from "./proposed.ts";

const price = (tier: string, dollars: number) => ({ tier, inputPerMTok: dollars, outputPerMTok: dollars, perHour: undefined });
const WORDS = { law: "plaintiff", chat: "weather" } as const;

/** A word that tells, in two groups alike, each with words of its own. */
const labelled = Object.entries(WORDS).flatMap(([group, word], seed) =>
  madeRows({ seed, rows: 150, needs: 0.05, planted: { word: "kubernetes", language: "en", share: 0.4, needs: 0.95 } }).labelled.map(
    (row) => {
      const text = new TextDecoder().decode(row.body).replace('"content":"', `"content":"${word} ${word}s `);
      return { ...row, group, body: new TextEncoder().encode(text) };
    },
  ),
);
const policy = thresholdPolicy({ ...V7, maxChars: 1_000_000 });
const prices = [price("weak", 0.1), price("strong", 3)];
const studied = studiedRows(labelled, { place: PLACE, prices, outputTokens: 300, present: policy, base: policy });

function studiedWith(place: typeof PLACE & { readonly cascadeFirst?: string }, law: readonly string[] | undefined) {
  const topics = law && { sets: { law }, order: place.tiers, told: ["law", "chat"] };
  const listener = { rows: () => {}, models: () => {}, refuse: () => {} };
  const common = { studied, place, weakShare: 0.6, newTopics: 0, seed: 1, date: "2026-01-31", listener };
  const all = Int32Array.from(labelled.keys());
  return learnedFamily({ ...common, seat: { before: [], old: { topics } } }).study(all, new Uint8Array(all.length));
}

/** Of a group's rows, the share that goes to strong. */
const share = (tiers: Uint8Array | undefined, group: string) => {
  const own = labelled.flatMap((row, at) => (row.group === group ? [tiers?.[at]] : []));
  return own.filter((tier) => tier === 1).length / own.length;
};

test.each([
  ["without any, the score decides", undefined, [0.25, 0.55], undefined],
  ["a topic that may have strong alone gets it", ["strong"], [0.97, 1], { law: ["strong"] }],
  ["a topic that may not have it does not get it", ["weak"], [0, 0.03], { law: ["weak"] }],
])("of tiers by topic: %s, by models that have not seen the rows as well", async (_, law, [low, high], sets) => {
  const { fitted, held } = await studiedWith(PLACE, law);
  const change = fitted?.change.kind === "learned" ? fitted.change : undefined;
  expect([change?.kept.topics?.sets, change?.model.topics?.names.toSorted()]).toEqual([sets, sets && ["chat", "law"]]);
  for (const tiers of [fitted?.tiers, held]) {
    expect([share(tiers, "law") >= (low ?? 0), share(tiers, "law") <= (high ?? 0)]).toEqual([true, true]);
    expect([share(tiers, "chat") > 0.25, share(tiers, "chat") < 0.55]).toEqual([true, true]);
  }
});

test("a topic that may have the cascade alone is served by the cascade's first tier", async () => {
  const { fitted, held } = await studiedWith({ ...PLACE, cascadeFirst: "weak" }, ["cascade"]);
  expect([share(fitted?.tiers, "law"), share(held, "law") < 0.03]).toEqual([0, true]);
});
