// What comparisons prove: of all answers that would be given, and of one entry.
import { describe, expect, test } from "vitest";
import { type Comparison, EntryTrust, LEAST_COMPARISONS } from "../../../../src/outcome/cached/semantic/entry-trust.ts";
import { errorBound } from "../../../../src/outcome/cached/semantic/error-bound.ts";
import { randomSource } from "../../../../src/study/evaluate/random-source.ts";

describe("the bound of the share of wrong answers", () => {
  test.each([
    [0, 0, 1],
    [0, 299, 0.0108],
    [0, 326, 0.01],
    [1, 400, 0.016],
    [10, 10, 1],
  ])("%i wrong of %i leave at most %f open", (wrong, compared, bound) => {
    expect(errorBound(wrong, compared)).toBeCloseTo(bound, 3);
  });

  test("it rises with what was wrong and falls with what was compared", () => {
    expect(errorBound(3, 500)).toBeGreaterThan(errorBound(2, 500));
    expect(errorBound(2, 600)).toBeLessThan(errorBound(2, 500));
  });

  test("looked at after each comparison, it is ever under a true share of 2 % in at most 5 % of runs", () => {
    const random = randomSource(7);
    const wrongly = Array.from({ length: 400 }, () => {
      let wrong = 0;
      for (let compared = 1; compared <= 1000; compared++) {
        if (random() < 0.02) wrong++;
        if (compared % 10 === 0 && errorBound(wrong, compared) < 0.02) return 1;
      }
      return 0;
    });
    expect(wrongly.filter((each) => each === 1).length / wrongly.length).toBeLessThanOrEqual(0.05);
  });
});

const compared = (count: number, agrees: (at: number) => boolean = () => true): readonly Comparison[] =>
  Array.from({ length: count }, (_, at) => ({ similarity: 0.96 + 0.0035 * ((at * 7) % 10), agrees: agrees(at) }));

/** Learns from so many entries that have six comparisons each. */
function trustFrom(entries: number, agrees: () => boolean): EntryTrust {
  const trust = new EntryTrust();
  for (let entry = 0; entry < entries; entry++) {
    const all = compared(LEAST_COMPARISONS, agrees);
    for (let count = 1; count <= all.length; count++) trust.learn(all.slice(0, count - 1), all.slice(0, count));
  }
  return trust;
}

describe("an entry", () => {
  test("with fewer than six comparisons of its own never serves, whatever others say", () => {
    expect(trustFrom(300, () => true).exploring(compared(5), 1, 0.01)).toBe(1);
  });

  test("is trusted more, the more agree, the nearer the question, and the more other entries agree", () => {
    const alone = new EntryTrust();
    expect(alone.exploring(compared(6), 0.99, 0.01)).toBeGreaterThan(0.85);
    expect(alone.exploring(compared(48), 0.99, 0.01)).toBeLessThan(alone.exploring(compared(12), 0.99, 0.01));
    expect(alone.exploring(compared(24), 0.99, 0.01)).toBeLessThan(alone.exploring(compared(24), 0.96, 0.01));
    expect(trustFrom(100, () => true).exploring(compared(12), 0.99, 0.01)).toBeLessThan(alone.exploring(compared(12), 0.99, 0.01));
    expect(trustFrom(100, () => false).exploring(compared(12), 0.99, 0.01)).toBeGreaterThan(alone.exploring(compared(12), 0.99, 0.01));
  });

  test("whose comparisons differ at all similarities serves at most one in fifty", () => {
    const mixed = compared(48, (at) => at % 2 === 0);
    for (const similarity of [0.95, 0.97, 0.99, 1]) expect(new EntryTrust().exploring(mixed, similarity, 0.01)).toBeGreaterThan(0.95);
  });

  test.each([0.5, 0.9, 0.98])("whose answers are right with probability %f serves wrong ones to at most 1 %% of who asks", (right) => {
    const random = randomSource(3);
    let [wrong, asked] = [0, 0];
    const trust = new EntryTrust();
    for (let entry = 0; entry < 100; entry++) {
      let known: readonly Comparison[] = [];
      for (let at = 0; at < 60; at++) {
        const similarity = 0.95 + 0.05 * random();
        const agrees = random() < right;
        asked++;
        if (random() < trust.exploring(known, similarity, 0.01)) {
          const after = [...known, { similarity, agrees }].slice(-48);
          trust.learn(known, after);
          known = after;
        } else if (!agrees) wrong++;
      }
    }
    expect(wrong / asked).toBeLessThanOrEqual(0.01);
  });
});
