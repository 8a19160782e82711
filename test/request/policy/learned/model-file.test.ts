import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { ChatScanner } from "../../../../src/request/chat/scanner.ts";
import { checksum } from "../../../../src/request/policy/learned/checksum.ts";
import type { LearnedModel } from "../../../../src/request/policy/learned/learned-model.ts";
import { encodeModel, ModelFileError, type NewModel, parseModel } from "../../../../src/request/policy/learned/model-file.ts";
import { scoreRead } from "../../../../src/request/policy/learned/score.ts";
import { FACT_NAMES } from "../../../../src/request/policy/learned/surface-facts.ts";
import { TextReader } from "../../../../src/request/policy/learned/text-reader.ts";
import { modelOf } from "./model-of.ts";

const TREES = {
  depth: 2,
  facts: Uint8Array.of(0, 1, 2),
  thresholds: Float64Array.of(1, 2, 3),
  leaves: Float64Array.of(0.1, 0.2, 0.3, 0.4),
};
const { id: _id, ...WORDS } = modelOf(
  ["prove"],
  { known: { bits: Uint8Array.from({ length: 32_768 }, (_, at) => at), from: 0.5, to: 0.75 } },
  { facts: Float64Array.from(FACT_NAMES, (_, at) => at / 7), trees: TREES },
);
const MODEL = {
  ...WORDS,
  parts: [...WORDS.parts, ...WORDS.parts.map((part) => ({ ...part, link: { a: 2, b: -1 }, middle: 0.25, near: -0.5, far: 0 }))],
};
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
const NO_WORDS = { bias: 0, grams: undefined, link: undefined, middle: 0, near: 1, far: 1 };

function scoreOf(model: LearnedModel, text: string): number {
  const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params: [], maxBodyBytes: 1 << 20, isUtf8 });
  const scanned = scanner.scan(Buffer.from(JSON.stringify({ messages: [{ role: "user", content: text }] })));
  if (scanned.kind !== "chat") throw new Error("no chat");
  const reader = new TextReader();
  reader.read(scanner.text("all"));
  return scoreRead(model, model.scope, reader, scanned.facts, new Float64Array(FACT_NAMES.length));
}

describe("the model file", () => {
  test("gives back what was written, under an id that is of its content", () => {
    const { id, ...model } = parseModel(FILE);
    const withoutWeights = ({ parts, ...rest }: NewModel) => ({
      ...rest,
      parts: parts.map((part) => ({ ...part, grams: part.grams?.scale })),
    });
    expect(withoutWeights(model)).toEqual(withoutWeights(MODEL));
    model.parts.forEach(({ grams }, at) => {
      expect(Buffer.from(grams?.weights ?? []).equals(Buffer.from(MODEL.parts[at]?.grams?.weights ?? []))).toBe(true);
    });
    expect(id).toMatch(/^[0-9a-f]{8}$/);
    expect(parseModel(encodeModel({ ...MODEL, cut: 0.51 })).id).not.toBe(id);
  });

  test("keeps absent parts absent, and is under 2 MiB with words on both sides", () => {
    const none = { ...NO_WORDS, facts: undefined, trees: undefined };
    const model = parseModel(encodeModel({ ...MODEL, parts: [none], known: undefined }));
    expect(model.parts).toEqual([none]);
    expect(model.known).toBeUndefined();
    expect(FILE.length).toBeLessThan(1 << 20);
  });

  test("keeps the steps of a model for more than two tiers", () => {
    const [part = WORDS.parts[0]] = WORDS.parts;
    if (part === undefined) throw new Error("no part");
    const step = { parts: [{ ...part, grams: undefined }], known: undefined, calibration: { a: 3, b: 1 }, cut: 0.25 };
    const model = parseModel(encodeModel({ ...MODEL, tiers: ["s", "m", "l"], above: [step] }));
    expect(model.tiers).toEqual(["s", "m", "l"]);
    expect(model.above).toEqual([step]);
  });

  test("of version 1 still is a model that scores the same: one part, of the facts that there were then", () => {
    const text = "Prove that 2 + 2 = 4: why?";
    const { parts: _parts, known: _known, tiers: _tiers, above: _above, ...others } = WORDS;
    const weights = Buffer.from(WORDS.parts[0]?.grams?.weights ?? []).toString("base64");
    const facts = Array.from({ length: 18 }, (_, at) => at / 7);
    const file = changed(
      (body) => {
        for (const key of Object.keys(body)) delete body[key];
        Object.assign(body, others, { bias: -3, grams: { scale: 6 / 127 / 2, weights }, facts });
        Object.assign(body, { trees: { depth: 1, facts: [7], thresholds: [0.5], leaves: [0, 2] } });
        Object.assign(body, { features: { version: 1, buckets: 262_144, facts: FACT_NAMES.slice(0, 18) } });
      },
      { version: 1 },
    );
    const trees = { depth: 1, facts: Uint8Array.of(7), thresholds: Float64Array.of(0.5), leaves: Float64Array.of(0, 2) };
    const today = modelOf(["prove"], {}, { facts: Float64Array.from(FACT_NAMES, (_, at) => (at < 18 ? at / 7 : 0)), trees });
    expect(scoreOf(parseModel(file), text)).toBe(scoreOf(today, text));
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
    ["a file of the next version", changed(nothing, { version: 3 }), "made by a newer sluice: model version 3, this one reads up to 2"],
    ["a file without a version", changed(nothing, { version: undefined }), "damaged: its first line names no version"],
    ["a huge file", new Uint8Array((6 << 20) + 1), /^not a model: 6291457 bytes/],
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
        body["parts"] = [{ ...NO_WORDS, grams: { scale: 1, weights: "AAAA" } }];
      }),
      "damaged: `grams.weights` is missing or out of range",
    ],
    [
      "a tree that asks for a fact that is none",
      changed((body) => {
        body["parts"] = [{ ...NO_WORDS, trees: { depth: 1, facts: [200], thresholds: [1], leaves: [1, 2] } }];
      }),
      "damaged: `trees.facts` is missing or out of range",
    ],
    [
      "a tier without a step",
      changed((body) => {
        body["tiers"] = ["s", "m", "l"];
      }),
      "damaged: `above` is missing or out of range",
    ],
    [
      "a model without parts",
      changed((body) => {
        body["parts"] = [];
      }),
      "damaged: `parts` is missing or out of range",
    ],
    [
      "a distance that ends before it begins",
      changed((body) => {
        body["known"] = { ...(body["known"] as object), to: 0.5 };
      }),
      "damaged: `known.to` is missing or out of range",
    ],
    [
      "facts in another order",
      changed((body) => {
        body["features"] = { ...(body["features"] as object), facts: [...FACT_NAMES].reverse() };
      }),
      /^trained on features that this sluice does not compute/,
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
