// Texts that are read again and again are the ones that stand there, whatever stood there before.
import fc from "fast-check";
import { expect, test } from "vitest";
import { FieldReader } from "../../../src/envoy/wire/protobuf.ts";
import { readRecurringText } from "../../../src/envoy/wire/recurring-text.ts";
import { delimitedField } from "./raw-fields.ts";

function read(bytes: Uint8Array): string {
  const reader = new FieldReader(delimitedField(1, Buffer.from(bytes)));
  reader.nextField();
  return readRecurringText(reader);
}

test("any bytes, in any order and more than once, read as text alone would", () => {
  // Few letters, so that many texts have their length and ends in common, which is what they are kept by.
  const ofFew = fc.string({ unit: fc.constantFrom("a", "b", "c", "é", "설", "\ufeff", "😀"), maxLength: 40 });
  const bytes = fc.oneof(
    ofFew.map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 8 }),
  );
  const text = new TextDecoder("utf-8", { ignoreBOM: true });
  fc.assert(
    fc.property(fc.array(bytes, { minLength: 2, maxLength: 20 }), (all) => {
      for (const each of [...all, ...all]) expect(read(each)).toBe(text.decode(each));
    }),
    { numRuns: 500 },
  );
});

test("a text is read out of the middle of its message", () => {
  const message = Buffer.concat([delimitedField(1, Buffer.from("front")), delimitedField(2, Buffer.from("weak"))]);
  for (const _again of [1, 2]) {
    const reader = new FieldReader(new Uint8Array(message).subarray(0));
    const found: string[] = [];
    while (reader.nextField()) found.push(readRecurringText(reader));
    expect(found).toEqual(["front", "weak"]);
  }
});
