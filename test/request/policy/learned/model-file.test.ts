import { describe, expect, test } from "vitest";
import { checksum } from "../../../../src/request/policy/learned/checksum.ts";
import { encodeModel, ModelFileError, parseModel } from "../../../../src/request/policy/learned/model-file.ts";
import { modelOf } from "./model-of.ts";

const { id: _id, ...MODEL } = modelOf(["prove"], {
  facts: Float64Array.from({ length: 18 }, (_, at) => at / 7),
  trees: { depth: 2, facts: Uint8Array.of(0, 1, 2), thresholds: Float64Array.of(1, 2, 3), leaves: Float64Array.of(0.1, 0.2, 0.3, 0.4) },
});
const FILE = encodeModel(MODEL);

/** The file with its body changed, under a checksum that fits. */
function changed(change: (body: Record<string, unknown>) => void, header: object = {}): Uint8Array {
  const [first = "", second = ""] = new TextDecoder().decode(FILE).split("\n");
  const body = JSON.parse(second) as Record<string, unknown>;
  change(body);
  const content = `${JSON.stringify(body)}\n`;
  const front = { ...(JSON.parse(first) as object), checksum: checksum(new TextEncoder().encode(content)), ...header };
  return new TextEncoder().encode(`${JSON.stringify(front)}\n${content}`);
}

const nothing = () => {};

describe("the model file", () => {
  test("gives back what was written, under an id that is of its content", () => {
    const { id, grams, ...model } = parseModel(FILE);
    const { grams: written, ...others } = MODEL;
    expect(model).toEqual(others);
    expect(grams?.scale).toBe(written?.scale);
    expect(Buffer.from(grams?.weights ?? []).equals(Buffer.from(written?.weights ?? []))).toBe(true);
    expect(id).toMatch(/^[0-9a-f]{8}$/);
    expect(parseModel(encodeModel({ ...MODEL, cut: 0.51 })).id).not.toBe(id);
  });

  test("keeps absent parts absent, and is under 1 MiB with all of them", () => {
    const { grams, facts, trees } = parseModel(encodeModel({ ...MODEL, grams: undefined, facts: undefined, trees: undefined }));
    expect([grams, facts, trees]).toEqual([undefined, undefined, undefined]);
    expect(FILE.length).toBeLessThan(1 << 20);
  });

  test("is the same bytes for the same model", () => {
    expect(Buffer.from(encodeModel(MODEL)).equals(FILE)).toBe(true);
  });

  test("is refused wherever one bit of its content is flipped", () => {
    const start = FILE.indexOf(0x0a) + 1;
    for (let at = start; at < FILE.length; at += 997) {
      const damaged = FILE.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(() => parseModel(damaged)).toThrow(/^damaged: its checksum is [0-9a-f]{16}/);
    }
  });

  test("is refused wherever it is cut off, so that no half-written model is ever taken", () => {
    const cuts = [
      ...Array(200).keys(),
      ...Array.from({ length: FILE.length / 997 }, (_, at) => at * 997),
      FILE.length - 2,
      FILE.length - 1,
    ];
    for (const cut of cuts) expect(() => parseModel(FILE.subarray(0, cut))).toThrow(ModelFileError);
  });

  test.each([
    ["an empty file", new Uint8Array(0), "not a model made by `sluice train`"],
    ["another JSON file", new TextEncoder().encode('{"a":1}\n'), "not a model made by `sluice train`"],
    ["bytes that are no text", Uint8Array.from({ length: 100 }, (_, at) => 255 - at), "not a model made by `sluice train`"],
    ["a file that was cut off", FILE.subarray(0, FILE.length - 100), /^damaged: its checksum/],
    ["a file of the next version", changed(nothing, { version: 2 }), "made by a newer sluice: model version 2, this one reads up to 1"],
    ["a file without a version", changed(nothing, { version: undefined }), "damaged: its first line names no version"],
    ["a huge file", new Uint8Array((1 << 20) + 1), /^not a model: 1048577 bytes/],
    [
      "other features",
      changed((body) => {
        body["features"] = { version: 99 };
      }),
      /^trained on features that this sluice does not compute/,
    ],
    [
      "a cut that is no probability",
      changed((body) => {
        body["cut"] = 7;
      }),
      "damaged: `cut` is missing or out of range",
    ],
    [
      "weights that are too few",
      changed((body) => {
        body["grams"] = { scale: 1, weights: "AAAA" };
      }),
      "damaged: `grams.weights` is missing or out of range",
    ],
    [
      "a tree that asks for a fact that is none",
      changed((body) => {
        body["trees"] = { depth: 1, facts: [200], thresholds: [1], leaves: [1, 2] };
      }),
      "damaged: `trees.facts` is missing or out of range",
    ],
    [
      "a scope that is none",
      changed((body) => {
        body["scope"] = "system";
      }),
      "damaged: `scope` is missing or out of range",
    ],
  ] as const)("%s is refused, and the message says why", (_what, bytes, message) => {
    expect(() => parseModel(bytes)).toThrow(ModelFileError);
    expect(() => parseModel(bytes)).toThrow(message);
  });
});
