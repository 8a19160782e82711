// google-protobuf's reader, typed: the published types describe version 3, and we use a few members that version 4 changed.
// What is stated here is held against the library by test/wire/protobuf.test.ts.
import protobuf from "google-protobuf";

/** Walks the fields of one message. Every read checks the end of the (sub-)message it is in and throws beyond it. */
export interface FieldReader {
  /** Steps to the next field; false at the end of the message. */
  nextField(): boolean;
  /** Field number and wire type of the present field, as `varint` and `delimited` make them. */
  getTag(): number;
  getFieldNumber(): number;
  getCursor(): number;
  getBuffer(): Uint8Array;
  /** Steps over a length-delimited field and returns how many bytes its content has. */
  skipDelimitedField(): number;
  /** Steps over a field of any wire type, groups included. */
  skipField(): void;
  readBool(): boolean;
  readEnum(): number;
  readInt32(): number;
  readInt64(): number;
  readUint32(): number;
  readUint64(): number;
  readMessage<T>(into: T, read: (into: T, reader: FieldReader) => void): T;
}

const library = protobuf as unknown as { readonly BinaryReader: new (bytes: Uint8Array) => FieldReader };

export const BinaryReader = library.BinaryReader;

/** The tag of a number, boolean or enum. A known field of another wire type has another tag, and is skipped like an unknown one. */
export function varint(field: number): number {
  return field << 3;
}

/** The tag of text, bytes or a sub-message. */
export function delimited(field: number): number {
  return (field << 3) | 2;
}

/** Steps over a length-delimited field and says where its content starts; it ends at the cursor. */
export function contentStart(reader: FieldReader): number {
  const length = reader.skipDelimitedField();
  return reader.getCursor() - length;
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Reads a text or bytes field as text; bytes that are not UTF-8 become U+FFFD. (The library's own readString drops a leading U+FEFF.) */
export function readText(reader: FieldReader): string {
  const start = contentStart(reader);
  return utf8.decode(reader.getBuffer().subarray(start, reader.getCursor()));
}
