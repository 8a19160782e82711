// Proposals where there are more than two tiers: a length for each, and a trained policy with a score for each.
import { describe, expect, test } from "vitest";
import { thresholdPolicy } from "../../../src/request/policy/threshold.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import type { LabelledRow, ReadRows } from "../../../src/study/propose/labelled-rows.ts";
import { changeOf } from "../../../src/study/propose/proposal.ts";
import { changeLines } from "../../../src/study/propose/wording.ts";
import { proposed, V7 } from "./proposed.ts";

const TIERS = ["small", "medium", "large"] as const;
const ORDINARY = "apple river stone cloud paper table window garden summer bread music train letter candle button mirror".split(" ");
const price = (tier: string, dollars: number) => ({ tier, inputPerMTok: dollars, outputPerMTok: dollars, perHour: undefined });
const SEAT = { settings: { ...V7, keywords: [], maxChars: 200, under: "small", over: "large" }, before: [] };
const PRESENT = { policy: thresholdPolicy(SEAT.settings), id: "main@own", seats: [] };
const LADDER = {
  place: { tiers: TIERS, defaultTier: "large", can: undefined, envelopes: [] },
  prices: [price("small", 0.1), price("medium", 1), price("large", 5)],
  present: PRESENT,
  base: PRESENT,
  seat: SEAT,
};

/** `neededOf`: the number of the cheapest tier that is enough for a text. */
function laddered(count: number, text: (random: () => number) => readonly string[], neededOf: (text: string) => number): ReadRows {
  const random = randomSource(5);
  const labelled = Array.from({ length: count }, (_, row): LabelledRow => {
    const content = text(random).join(" ");
    const needed = random() < 0.1 ? Math.floor(random() * 3) : neededOf(content);
    const body = new TextEncoder().encode(JSON.stringify({ messages: [{ role: "user", content }] }));
    const quality = TIERS.map((_tier, at) => (at >= needed ? 0.9 : 0.1));
    return { body, path: undefined, place: `made:${row + 1}`, quality, weight: 1, group: undefined };
  });
  return { labelled, rated: [], truth: "scores", read: count, otherTruth: 0, beyond: 0, drawn: false };
}

const words = (random: () => number, count: number) =>
  Array.from({ length: count }, () => `${ORDINARY[Math.floor(random() * ORDINARY.length)]}${Math.floor(random() * 50)}`);

describe("of three tiers", () => {
  test("each gets its own length, where length tells which is enough", async () => {
    const rows = laddered(
      500,
      (random) => words(random, 2 + Math.floor(random() * 110)),
      (text) => (text.length <= 300 ? 0 : text.length <= 600 ? 1 : 2),
    );
    const proposal = await proposed(rows, { ...LADDER, weakShare: 0.3, families: ["thresholds", "thresholds per step"] });
    expect(proposal).toMatchObject({ use: "change", why: "proven", chosen: "thresholds per step" });
    expect(proposal.change).toMatchObject({
      kind: "steps",
      steps: [
        { tier: "small", maxChars: 300 },
        { tier: "medium", maxChars: 600 },
      ],
      last: "large",
    });
    expect(changeLines(proposal)).toEqual([
      expect.stringMatching(/^thresholds: small up to 300 characters, medium up to 600 characters, else large; large over /),
    ]);
    const alone = proposal.families.find(({ family }) => family === "thresholds")?.comparison;
    const gained = changeOf(proposal.comparison ?? raise(), "overChance").value;
    expect(gained).toBeGreaterThan(0.02 + (alone === undefined ? 0 : changeOf(alone, "overChance").value));
  });

  test("none gets one that length tells nothing of, and the first is left the share that it shall have", async () => {
    const hard = laddered(
      400,
      (random) => words(random, 2 + Math.floor(random() * 110)),
      (text) => (text.length <= 80 ? 0 : text.length <= 300 ? 1 : 2),
    );
    const share = 0.4;
    const { change } = await proposed(hard, {
      ...LADDER,
      base: always(),
      present: always(),
      weakShare: share,
      families: ["thresholds per step"],
    });
    const first = change?.kind === "steps" ? change.steps.find(({ tier }) => tier === "small") : undefined;
    const short = hard.labelled.filter(({ body }) => body.length - FRAME <= (first?.maxChars ?? 0)).length;
    expect(short / hard.labelled.length).toBeGreaterThanOrEqual(share);
    const nothing = laddered(
      300,
      (random) => words(random, 2 + Math.floor(random() * 40)),
      (text) => text.charCodeAt(3) % 3,
    );
    expect(await proposed(nothing, { ...LADDER, prices: EVEN, families: ["thresholds per step"] })).toMatchObject({
      use: "nothing",
      why: "none-found",
    });
  });

  test("a trained policy has a score for each, and its figures are of the three", { timeout: 120_000 }, async () => {
    const telling: readonly (readonly string[])[] = [[], ["summarise", "translate"], ["theorem", "integral"]];
    const rows = laddered(
      360,
      (random) => [...(telling[Math.floor(random() * 3)] ?? []), ...words(random, 6 + Math.floor(random() * 8))],
      (text) => (text.includes("theorem") ? 2 : text.includes("summarise") ? 1 : 0),
    );
    const proposal = await proposed(rows, { ...LADDER, weakShare: 0.4, families: ["learned"] });
    expect(proposal).toMatchObject({ use: "change", chosen: "learned" });
    const model = proposal.change?.kind === "learned" ? proposal.change.model : raise();
    expect([model.tiers, model.above.length]).toEqual([TIERS, 1]);
    const quality = proposal.comparison?.figures.find(({ figure }) => figure === "quality");
    expect(quality?.after.value).toBeGreaterThan(0.75); // one in ten is by chance
    expect(changeOf(proposal.comparison ?? raise(), "dollars").high).toBeLessThan(5);
  });
});

/** The middle tier is worth what it costs, where each is needed as often as the others. */
const EVEN = [price("small", 0.1), price("medium", 2.55), price("large", 5)];
const FRAME = JSON.stringify({ messages: [{ role: "user", content: "" }] }).length;

function always() {
  const settings = { ...SEAT.settings, maxChars: 1_000_000 };
  return { policy: thresholdPolicy(settings), id: "main@own", seats: [] };
}

function raise(): never {
  throw new Error("it is there");
}
