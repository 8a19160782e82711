// Questions by their embeddings: what is near is found, whatever was removed before.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SemanticEntries } from "../../../../src/outcome/cached/semantic/entries.ts";
import { questionOf } from "../../../../src/request/cache/veto/question.ts";

const question = questionOf("?");

function unit(parts: readonly number[]): Float32Array {
  const length = Math.hypot(...parts) || 1;
  return Float32Array.from(parts, (part) => part / length);
}

const cosine = (one: Float32Array, two: Float32Array) => one.reduce((sum, part, at) => sum + part * (two[at] ?? 0), 0);

describe("entries", () => {
  const near = unit([1, 0.1, 0, 0]);
  const vector = unit([1, 0, 0, 0]);

  test("of another place are never near", () => {
    const entries = new SemanticEntries(() => 10);
    entries.add({ key: "a", place: "x", question }, vector);
    expect(entries.nearest("y", vector, 0, 4)).toEqual([]);
    expect(entries.nearest("x", vector, 0, 4)).toHaveLength(1);
  });

  test("of another model's length are forgotten", () => {
    const entries = new SemanticEntries(() => 10);
    entries.add({ key: "a", place: "x", question }, vector);
    expect(entries.nearest("x", unit([1, 0]), 0, 4)).toEqual([]);
    entries.add({ key: "b", place: "x", question }, unit([1, 0]));
    expect(entries.count).toBe(1);
  });

  test("beyond the bound the longest unused goes", () => {
    const entries = new SemanticEntries(() => 2);
    for (const key of ["a", "b"]) entries.add({ key, place: "x", question }, vector);
    const [a] = entries.nearest("x", near, 0.9, 1);
    if (a !== undefined) entries.used(a.entry);
    entries.add({ key: "c", place: "x", question }, near);
    expect(entries.nearest("x", near, 0.9, 4).map(({ entry }) => entry.key)).toEqual(["c", "a"]);
  });

  test("are found as a plain scan finds them, while others come and go", () => {
    const part = fc.integer({ min: -4, max: 4 });
    const vectors = fc.array(fc.array(part, { minLength: 40, maxLength: 40 }), { minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(vectors, fc.integer({ min: 1, max: 60 }), fc.double({ min: -0.2, max: 0.6, noNaN: true }), (all, most, least) => {
        const entries = new SemanticEntries(() => most);
        const units = all.map((parts) => unit([9, ...parts]));
        for (const [at, each] of units.entries()) entries.add({ key: String(at), place: "x", question }, each);
        const asked = units[0] ?? new Float32Array(41);
        const kept = units.map((each, at) => ({ at, similarity: cosine(asked, each) })).slice(-most);
        const expected = kept.filter(({ similarity }) => similarity >= least + 1e-5).map(({ at }) => String(at));
        const found = entries.nearest("x", asked, least, 1000).map(({ entry }) => entry.key);
        expect(expected.filter((key) => !found.includes(key))).toEqual([]);
        expect(found.filter((key) => cosine(asked, units[Number(key)] ?? asked) < least - 1e-5)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
