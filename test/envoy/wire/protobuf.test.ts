// The reader of the wire format, held against google-protobuf's: the same fields with the same values, or an error where that has one.
import fc from "fast-check";
import protobuf from "google-protobuf";
import { describe, expect, it } from "vitest";
import { contentStart, delimited, FieldReader, readText, varint } from "../../../src/envoy/wire/protobuf.ts";
import { delimitedField, numberField } from "./raw-fields.ts";

/** What we use of google-protobuf's reader, which its published types, made for version 3, do not have. */
interface LibraryReader {
  nextField(): boolean;
  getTag(): number;
  getCursor(): number;
  skipField(): void;
  readBool(): boolean;
  readInt32(): number;
  readInt64(): number;
  readUint32(): number;
  readUint64(): number;
  readBytes(): Uint8Array;
}
const library = protobuf as unknown as { readonly BinaryReader: new (bytes: Uint8Array) => LibraryReader };

describe("the reader of fields", () => {
  it("tells fields apart by number and wire type, and where their content stands", () => {
    const message = Buffer.concat([
      numberField(3, 300),
      delimitedField(17, "text"),
      delimitedField(2, "\ufeffmore"),
      delimitedField(4, numberField(1, 1)),
    ]);
    const reader = new FieldReader(message);

    expect(reader.nextField()).toBe(true);
    expect(reader.tag).toBe(varint(3));
    expect(reader.readUint32()).toBe(300);

    reader.nextField();
    expect(reader.tag).toBe(delimited(17));
    const start = contentStart(reader);
    expect(message.toString("utf8", start, reader.cursor)).toBe("text");

    reader.nextField();
    expect(readText(reader)).toBe("\ufeffmore");

    reader.nextField();
    const numbers: number[] = [];
    reader.readMessage(numbers, (into, inner) => {
      while (inner.nextField()) into.push(inner.readUint32());
    });
    expect(numbers).toEqual([1]);
    expect(reader.nextField()).toBe(false);
  });

  it.each<[what: string, bytes: number[]]>([
    ["a tag without its end", [0x80]],
    ["field number 0", [0x00, 0x01]],
    ["wire type 6", [0x0e, 0x01]],
    ["wire type 7", [0x0f, 0x01]],
    ["a number without its end", [0x08, 0xff]],
    ["a number of eleven bytes", [0x08, ...new Array(10).fill(0x80), 0x01]],
    ["text longer than its message", [0x0a, 0x02, 0x61]],
    ["four bytes of which one is there", [0x0d, 0x01]],
    ["eight bytes of which one is there", [0x09, 0x01]],
    ["a group without its end", [0x0b, 0x08, 0x01]],
    ["the end of a group that did not begin", [0x0c]],
    ["the end of another group", [0x0b, 0x14]],
    ["groups within groups", [...new Array(1000).fill(0x0b), ...new Array(1000).fill(0x0c)]],
  ])("refuses %s", (_, bytes) => {
    const reader = new FieldReader(Uint8Array.from(bytes));
    expect(() => {
      while (reader.nextField()) reader.skipField();
    }).toThrow();
  });

  it("does not let a sub-message read beyond its end", () => {
    const reader = new FieldReader(Uint8Array.from([0x0a, 0x01, 0x08, 0x01]));
    reader.nextField();
    expect(() => reader.readMessage([], (_, inner) => inner.nextField() && inner.readUint32())).toThrow();
  });

  it("takes no sub-message that is longer than what it stands in, read or not", () => {
    const reader = new FieldReader(Uint8Array.from([0x0a, 0x05, 0x08, 0x01]));
    reader.nextField();
    expect(() => reader.readMessage([], () => {})).toThrow("longer than its message");
  });

  it("reads numbers of every size as google-protobuf does", () => {
    const kinds = ["readBool", "readInt32", "readInt64", "readUint32", "readUint64"] as const;
    const bits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(fc.oneof(bits, fc.bigInt({ min: 0n, max: 300n })), fc.constantFrom(...kinds), (number, kind) => {
        const bytes = Uint8Array.from([0x08, ...varintBytes(number)]);
        const [ours, theirs] = [new FieldReader(bytes), new library.BinaryReader(bytes)];
        ours.nextField();
        theirs.nextField();
        expect(Number(ours[kind]())).toBe(Number(theirs[kind]())); // text beyond 2^53
        expect(ours.nextField()).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it("walks any bytes as google-protobuf does: to the same fields, or to an error", () => {
    const field = fc.oneof(
      fc
        .tuple(fc.integer({ min: 1, max: 40 }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }))
        .map(([number, value]) => [...varintBytes(BigInt(number << 3)), ...varintBytes(value)]),
      fc
        .tuple(fc.integer({ min: 1, max: 40 }), fc.uint8Array({ maxLength: 12 }))
        .map(([number, content]) => [...varintBytes(BigInt((number << 3) | 2)), content.length, ...content]),
      fc.uint8Array({ maxLength: 6 }).map((noise) => [...noise]),
    );
    fc.assert(
      fc.property(fc.array(field, { maxLength: 8 }), (fields) => {
        const bytes = Uint8Array.from(fields.flat());
        expect(
          walked(
            new FieldReader(bytes),
            (reader) => reader.tag,
            (reader) => reader.cursor,
          ),
        ).toEqual(
          walked(
            new library.BinaryReader(bytes),
            (reader) => reader.getTag(),
            (reader) => reader.getCursor(),
          ),
        );
      }),
      { numRuns: 5000 },
    );
  });
});

/** Tags and where each field ends, up to the first error. */
function walked<Reader extends { nextField(): boolean; skipField(): void }>(
  reader: Reader,
  tag: (reader: Reader) => number,
  cursor: (reader: Reader) => number,
): readonly (number | "error")[] {
  const steps: (number | "error")[] = [];
  try {
    while (reader.nextField()) {
      const number = tag(reader);
      reader.skipField();
      steps.push(number, cursor(reader));
    }
  } catch {
    steps.push("error");
  }
  return steps;
}

function varintBytes(number: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = number; ; rest >>= 7n) {
    if (rest < 0x80n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
}
