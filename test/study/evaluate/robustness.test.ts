// How often decisions flip with the writing alone: what is changed in a prompt, in which bodies, and how it is counted.
import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";
import { NO_NEEDS, type Policy } from "../../../src/request/policy/policy.ts";
import type { Example } from "../../../src/study/dataset/example.ts";
import { Evaluation } from "../../../src/study/evaluate/evaluation.ts";
import { withPrompt } from "../../../src/study/evaluate/perturbed-body.ts";
import { PERTURBATIONS, perturbed } from "../../../src/study/evaluate/perturbed-text.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import type { Flips } from "../../../src/study/evaluate/result.ts";
import { trialNeeds } from "../../../src/study/evaluate/trial.ts";
import { shareOf } from "../../../src/study/evaluate/wilson.ts";

const lettersOf = (text: string) => text.toLowerCase().replaceAll(/\s/g, "");

describe("a prompt written a little differently", () => {
  test("keeps its letters when it is re-spaced or re-cased, and is the same again for the same seed", () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1, maxLength: 8 }).map((each) => each.join(" "));
    fc.assert(
      fc.property(words, fc.nat(), (text, seed) => {
        for (const kind of PERTURBATIONS) {
          const changed = perturbed(text, kind, randomSource(seed));
          expect(changed).not.toBe(text);
          expect(perturbed(text, kind, randomSource(seed))).toBe(changed);
          if (kind !== "typo" && changed !== undefined) expect(lettersOf(changed)).toBe(lettersOf(text));
        }
      }),
      { numRuns: 300 },
    );
  });

  test("has at least one wider space, and only so much as a person's hand would make", () => {
    expect(perturbed("a b", "spaces", () => 0.9)).toBe("a  b\n");
    expect(perturbed("여보세요", "spaces", () => 0.9)).toBe("여보세요\n");
  });

  test("has one slip in one word of four letters or more, behind its first letter", () => {
    const slips = new Set(Array.from({ length: 60 }, (_, seed) => perturbed("do debug it", "typo", randomSource(seed))));
    expect([...slips].toSorted()).toEqual(
      ["debbug", "debg", "debgu", "debuug", "dbeug", "dbug", "deebug", "deubg", "deug"].map((word) => `do ${word} it`).toSorted(),
    );
    expect(perturbed("do it", "typo", () => 0.5)).toBeUndefined();
  });

  test("is not changed where there is nothing to change", () => {
    expect(perturbed("数学 12", "case", () => 0.5)).toBeUndefined();
  });
});

describe("the prompt of a body", () => {
  const shout = (text: string) => text.toUpperCase();
  test.each<[string, unknown, unknown]>([
    ["a text of the user", { messages: [{ role: "user", content: "hi" }] }, { messages: [{ role: "user", content: "HI" }] }],
    [
      "the user's last message with text, the last text in it",
      {
        messages: [
          { role: "system", content: "be brief" },
          { role: "user", content: "one" },
          { role: "user", content: [{ type: "text", text: "two" }, { type: "text", text: "three" }, { type: "image_url" }] },
          { role: "user", content: [{ type: "tool_result", content: "four" }] },
          { role: "assistant", content: "five" },
        ],
      },
      {
        messages: [
          { role: "system", content: "be brief" },
          { role: "user", content: "one" },
          { role: "user", content: [{ type: "text", text: "two" }, { type: "text", text: "THREE" }, { type: "image_url" }] },
          { role: "user", content: [{ type: "tool_result", content: "four" }] },
          { role: "assistant", content: "five" },
        ],
      },
    ],
    ["a text input", { input: "hi", model: "m" }, { input: "HI", model: "m" }],
    [
      "a list of input items",
      { input: [{ role: "user", content: [{ type: "input_text", text: "hi" }] }] },
      { input: [{ role: "user", content: [{ type: "input_text", text: "HI" }] }] },
    ],
    ["a prompt", { prompt: "hi" }, { prompt: "HI" }],
    ["none", { messages: [{ role: "system", content: "hi" }] }, undefined],
    ["none in another interface", { query: "hi" }, undefined],
  ])("is %s", (_, body, changed) => {
    const found = withPrompt(new TextEncoder().encode(JSON.stringify(body)), shout);
    expect(found === undefined ? undefined : JSON.parse(new TextDecoder().decode(found))).toEqual(changed);
  });
});

describe("flips", () => {
  /** Strong where the text of the user holds exactly this. */
  const exactly = (word: string): Policy => ({
    needs: { ...NO_NEEDS, scopes: ["last_user"] },
    decide: (request) => ({ tier: new TextDecoder().decode(request.text("last_user")).includes(word) ? "strong" : "weak", reason: "word" }),
    signals: () => [],
  });
  const onTrial = (name: string, policy: Policy) => ({ name, id: name, policy, threshold: undefined, scoreIsProbability: false });

  function flipsOf(texts: readonly string[], ...words: readonly string[]): readonly (readonly Flips[])[] {
    const policies = words.map((word) => onTrial(word, exactly(word)));
    const evaluation = new Evaluation({
      policies,
      scanner: new ChatScanner({ ...trialNeeds(policies), maxBodyBytes: 1 << 20, isUtf8 }),
      prices: ["weak", "strong"].map((tier) => ({ tier, inputPerMTok: 1, outputPerMTok: 1, perHour: undefined })),
      ...{ defaultTier: "strong", outputTokens: 1, seed: 1, resamples: 10, sweep: false, robust: true, gate: [] },
    });
    texts.forEach((text, row) => {
      const body = new TextEncoder().encode(JSON.stringify({ messages: [{ role: "user", content: text }] }));
      const truth = { kind: "label", needed: "weak" } as const;
      const example: Example = { body, path: undefined, group: undefined, truth, place: `x:${row}` };
      expect(evaluation.add(example)).toBeUndefined();
    });
    return evaluation.result(["x"], 0).policies.map(({ robust }) => robust);
  }

  test("are counted by policy and kind, with their direction and an interval that no flips do not close", () => {
    const [byCase, never] = flipsOf(
      Array.from({ length: 50 }, () => "Debug it now"),
      "Debug it",
      "nowhere",
    );
    const [spaces, cases, typo] = byCase ?? [];
    expect(spaces).toMatchObject({ kind: "spaces", rows: 50, toStrong: 0 });
    expect(spaces?.toWeak).toBeGreaterThan(20); // the space between the two words is doubled in more than half of the rows
    expect(cases?.toWeak).toBeGreaterThan(20);
    expect(typo).toMatchObject({ kind: "typo", rows: 50, toWeak: 50, toStrong: 0, share: { value: 1, high: 1 } });
    for (const flips of never ?? []) expect(flips).toMatchObject({ rows: 50, toStrong: 0, toWeak: 0, share: { value: 0, low: 0 } });
    expect(never?.[0]?.share.high).toBeCloseTo(0.071, 3);
  });

  test("leave out rows in which there is nothing to change", () => {
    const [flips] = flipsOf(["数学", "Debug it"], "x");
    expect(flips?.map(({ rows }) => rows)).toEqual([2, 1, 1]);
  });

  test.each([
    [0, 0, [0, 0, 1]],
    [0, 100, [0, 0, 0.037]],
    [5, 100, [0.05, 0.0215, 0.1118]],
    [100, 100, [1, 0.963, 1]],
  ])("of %d in %d rows have Wilson's interval", (counted, rows, [value, low, high]) => {
    const share = shareOf(counted, rows);
    expect(share.value).toBe(value);
    expect(share.low).toBeCloseTo(low ?? 9, 3);
    expect(share.high).toBeCloseTo(high ?? 9, 3);
  });
});
