// Reads protobuf's wire format (protobuf.dev/programming-guides/encoding): the fields of one message in their order, nothing copied.
// google-protobuf's reader, against which this one is held (test/envoy/wire/protobuf.test.ts), takes three times as long.

const VARINT = 0;
const FIXED_64 = 1;
const DELIMITED = 2;
const GROUP = 3;
const FIXED_32 = 5;

const MAX_VARINT_BYTES = 10;
const MAX_GROUPS = 100; // within each other
const HIGH = 2 ** 32;

/** Walks the fields of one message. Every read checks the end of the (sub-)message it is in and throws beyond it. */
export class FieldReader {
  readonly #bytes: Buffer;
  #at = 0;
  #end: number;
  #tag = 0;
  // The last varint's 64 bits.
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.length;
  }

  /** Steps to the next field; false at the end of the message. The field before must have been read or skipped. */
  nextField(): boolean {
    if (this.#at >= this.#end) return false;
    this.#tag = this.readUint32();
    if (this.#tag >>> 3 === 0 || (this.#tag & 7) > FIXED_32) throw new Error(`no field has the tag ${this.#tag}`);
    return true;
  }

  /** Field number and wire type of the present field, as `varint` and `delimited` make them. */
  get tag(): number {
    return this.#tag;
  }

  get fieldNumber(): number {
    return this.#tag >>> 3;
  }

  get cursor(): number {
    return this.#at;
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Steps over a length-delimited field and returns how many bytes its content has. */
  skipDelimited(): number {
    const length = this.readUint32();
    this.#step(length);
    return length;
  }

  /** Steps over a field of any wire type, groups included. */
  skipField(): void {
    this.#skip(this.#tag, MAX_GROUPS);
  }

  #skip(tag: number, groupsLeft: number): void {
    switch (tag & 7) {
      case VARINT:
        return this.#varint();
      case FIXED_64:
        return this.#step(8);
      case DELIMITED:
        return void this.skipDelimited();
      case FIXED_32:
        return this.#step(4);
      case GROUP:
        return this.#skipGroup(tag >>> 3, groupsLeft);
      default:
        throw new Error("the end of a group that did not begin");
    }
  }

  #skipGroup(field: number, groupsLeft: number): void {
    if (groupsLeft === 0) throw new Error("groups within groups without end");
    const end = (field << 3) | (GROUP + 1);
    while (this.nextField()) {
      if (this.#tag >>> 0 === end >>> 0) return;
      this.#skip(this.#tag, groupsLeft - 1);
    }
    throw new Error("a group without its end");
  }

  readBool(): boolean {
    this.#varint();
    return (this.#low | this.#high) !== 0;
  }

  readEnum(): number {
    return this.readInt32();
  }

  readInt32(): number {
    this.#varint();
    return this.#low | 0;
  }

  /** Beyond 2^53 not exact. */
  readInt64(): number {
    this.#varint();
    return (this.#high | 0) * HIGH + (this.#low >>> 0);
  }

  readUint32(): number {
    const first = this.#at < this.#end ? (this.#bytes[this.#at] ?? 0) : 0x80;
    if (first < 0x80) {
      this.#at++; // most are one byte
      return first;
    }
    this.#varint();
    return this.#low >>> 0;
  }

  /** Beyond 2^53 not exact. */
  readUint64(): number {
    this.#varint();
    return (this.#high >>> 0) * HIGH + (this.#low >>> 0);
  }

  /** A sub-message: `read` walks its fields with this reader. */
  readMessage<T>(into: T, read: (into: T, reader: FieldReader) => void): T {
    const length = this.readUint32();
    const outer = this.#end;
    const end = this.#at + length;
    if (end > outer) throw new Error("a field that is longer than its message");
    this.#end = end;
    read(into, this);
    this.#at = end;
    this.#end = outer;
    return into;
  }

  #step(length: number): void {
    if (length > this.#end - this.#at) throw new Error("a field that is longer than its message");
    this.#at += length;
  }

  /** Seven bits a byte, the lowest first. */
  #varint(): void {
    this.#low = 0;
    this.#high = 0;
    for (let count = 0; count < MAX_VARINT_BYTES; count++) {
      if (this.#at >= this.#end) throw new Error("a number without its end");
      const byte = this.#bytes[this.#at++] ?? 0;
      const bits = byte & 0x7f;
      if (count < 4) this.#low |= bits << (7 * count);
      else if (count === 4) {
        this.#low |= bits << 28;
        this.#high = bits >>> 4;
      } else this.#high |= bits << (7 * count - 32);
      if (byte < 0x80) return;
    }
    throw new Error("a number of more than ten bytes");
  }
}

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
  const length = reader.skipDelimited();
  return reader.cursor - length;
}

/** Reads a text or bytes field as text; bytes that are not UTF-8 become U+FFFD. */
export function readText(reader: FieldReader): string {
  const start = contentStart(reader);
  return textBetween(reader.bytes, start, reader.cursor);
}

/** Likewise, where it stands: from and to these bytes. */
export function textBetween(bytes: Buffer, from: number, to: number): string {
  return bytes.toString("utf8", from, to);
}
