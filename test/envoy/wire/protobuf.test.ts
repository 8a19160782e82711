import { describe, expect, it } from "vitest";
import { BinaryReader, contentStart, delimited, readText, varint } from "../../../src/envoy/wire/protobuf.ts";
import { delimitedField, numberField } from "./raw-fields.ts";

describe("google-protobuf's reader, as we typed it", () => {
  it("tells fields apart by number and wire type, and where their content stands", () => {
    const message = Buffer.concat([
      numberField(3, 300),
      delimitedField(17, "text"),
      delimitedField(2, "\ufeffmore"),
      delimitedField(4, numberField(1, 1)),
    ]);
    const reader = new BinaryReader(message);

    expect(reader.nextField()).toBe(true);
    expect(reader.getTag()).toBe(varint(3));
    expect(reader.readUint32()).toBe(300);

    reader.nextField();
    expect(reader.getTag()).toBe(delimited(17));
    const start = contentStart(reader);
    expect(message.toString("utf8", start, reader.getCursor())).toBe("text");

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
});
