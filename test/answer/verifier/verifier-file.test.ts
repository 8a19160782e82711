// A verifier's file: what is written is read, and what is no verifier is refused in words.
import { describe, expect, test } from "vitest";
import { encodeVerifier, parseVerifier } from "../../../src/answer/verifier/verifier-file.ts";
import { aVerifier } from "./a-verifier.ts";

const bytes = encodeVerifier(aVerifier("hedges", 2));
const text = Buffer.from(bytes).toString();
const [head = "", body = ""] = text.split("\n");

test("what is written is read", () => {
  const { id, ...read } = parseVerifier(bytes);
  expect(read).toEqual(aVerifier("hedges", 2));
  expect(id).toMatch(/^[0-9a-f]{8}$/);
});

/** The file with another body, its checksum made right. */
function withBody(change: (body: Record<string, unknown>) => object): Uint8Array {
  const changed = change(JSON.parse(body) as Record<string, unknown>);
  return encodeVerifier({ ...aVerifier("hedges", 2), ...changed } as never);
}

describe("refuses", () => {
  test.each([
    ["another file", Buffer.from("{}\n"), "not a verifier made by `sluice train --answers`"],
    ["nothing", new Uint8Array(0), "not a verifier made by `sluice train --answers`"],
    ["a newer one", Buffer.from(text.replace('"version":1', '"version":9')), "made by a newer sluice: version 9, this one reads up to 1"],
    ["one that was changed", Buffer.from(text.replace('"share":0.3', '"share":0.4')), "damaged: its checksum is"],
    ["one that was cut", Buffer.from(`${head}\n`), "damaged: its checksum is"],
    ["one that is too large", new Uint8Array((1 << 20) + 1), "not a verifier: 1048577 bytes, where one has at most 1 MiB"],
    ["a threshold that is none", withBody(() => ({ threshold: 2 })), "damaged: `threshold` is missing or out of range"],
    ["costs that lack a length", withBody(() => ({ costs: { upTo: [1], chars: [1], mean: 1 } })), "damaged: `costs` is missing"],
    [
      "trees that lack leaves",
      withBody(() => ({ trees: { ...aVerifier("hedges", 2).trees, leaves: new Float64Array(3) } })),
      "damaged: `trees`",
    ],
    [
      "a fact that there is not",
      withBody(() => ({ trees: { ...aVerifier("hedges", 2).trees, facts: Uint8Array.of(200) } })),
      "`trees.facts`",
    ],
  ])("%s", (_what, file, message) => {
    expect(() => parseVerifier(file)).toThrow(message);
  });
});
