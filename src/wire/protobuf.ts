// google-protobuf's reader and writer, typed: the published types describe version 3, and we use a few members that version 4 changed.
// What is stated here is held against the library by test/wire/protobuf.test.ts.
import protobuf from "google-protobuf";

/** Walks the fields of one message. Every read checks the end of the (sub-)message it is in and throws beyond it. */
export interface FieldReader {
  /** Steps to the next field; false at the end of the message. */
  nextField(): boolean;
  getFieldNumber(): number;
  getWireType(): number;
  getCursor(): number;
  /** Steps over a length-delimited field and returns how many bytes its content has, so it spans [cursor - length, cursor). */
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

/** Collects the fields of one message; `result` copies them once, into the message. */
export interface FieldWriter {
  writeBool(field: number, value: boolean): void;
  writeEnum(field: number, value: number): void;
  writeString(field: number, value: string): void;
  writeUint32(field: number, value: number): void;
  writeBytes(field: number, value: Uint8Array): void;
  writeMessage<T>(field: number, value: T, write: (value: T, writer: FieldWriter) => void): void;
  /** Appends bytes as they are, without a tag, from `start` to `end` of them. */
  writeSerializedMessage(bytes: Uint8Array, start: number, end: number): void;
  getResultBuffer(): Uint8Array;
}

const library = protobuf as unknown as {
  readonly BinaryReader: new (bytes: Uint8Array) => FieldReader;
  readonly BinaryWriter: new () => FieldWriter;
};

export const BinaryReader = library.BinaryReader;
export const BinaryWriter = library.BinaryWriter;

/** Wire types: how a field's value is laid out. A known field that comes with another one is skipped like an unknown field. */
export const VARINT = 0;
export const DELIMITED = 2;
