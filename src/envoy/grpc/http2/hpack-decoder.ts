// Reads header blocks (RFC 7541). One decoder a connection: every block must pass through it, refused requests' too, for each may change
// the table that the following ones refer to.
import { byteAt, ConnectionError, ERROR_CODE } from "./frames.ts";
import { type HeaderField, headerField } from "./header-field.ts";
import { HpackTable } from "./hpack-table.ts";
import { decodeHuffman } from "./huffman.ts";

/** SETTINGS_HEADER_TABLE_SIZE, which we leave at its default. */
const TABLE_BYTES = 4096;

/** The first byte of a field says how it is written (section 6), in its highest bits. */
const INDEXED = 0x80;
const ADDED_TO_TABLE = 0x40;
const TABLE_SIZE_UPDATE = 0x20;
const HUFFMAN_CODED = 0x80;

export class HpackDecoder {
  readonly #table = new HpackTable(TABLE_BYTES);
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;

  /**
   * Calls `onField` for each field of bytes[start, end), and answers how large their list is, as HPACK counts. Behind `mostBytes` of it
   * only the table is kept up to date, and nobody is told. Throws a ConnectionError when they are no header block.
   */
  decode(bytes: Buffer, start: number, end: number, onField: (field: HeaderField) => void, mostBytes: number): number {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    let first = true;
    let listBytes = 0;
    while (this.#at < end) {
      const byte = byteAt(bytes, this.#at);
      if ((byte & (INDEXED | ADDED_TO_TABLE | TABLE_SIZE_UPDATE)) === TABLE_SIZE_UPDATE) {
        if (!first) throw new ConnectionError(ERROR_CODE.compression, "table size update behind a field");
        this.#table.resize(this.#integer(5));
        continue; // two may stand at the beginning
      }
      first = false;
      if (listBytes > mostBytes) {
        this.#skipped(byte);
        continue;
      }
      const field = byte & INDEXED ? this.#table.at(this.#integer(7)) : byte & ADDED_TO_TABLE ? this.#addedToTable() : this.#literal(4);
      listBytes += field.bytes;
      onField(field);
    }
    return listBytes;
  }

  #skipped(byte: number): void {
    if (byte & INDEXED) this.#table.at(this.#integer(7));
    else if (byte & ADDED_TO_TABLE) this.#addedToTable();
    else {
      if (this.#integer(4) === 0) this.#stringEnds();
      this.#stringEnds();
    }
  }

  #addedToTable(): HeaderField {
    const field = this.#literal(6);
    this.#table.add(field);
    return field;
  }

  #literal(indexBits: number): HeaderField {
    const index = this.#integer(indexBits);
    const name = index === 0 ? this.#string() : this.#table.at(index).name;
    return headerField(name, this.#string());
  }

  #string(): string {
    const huffman = this.#at < this.#end && (byteAt(this.#bytes, this.#at) & HUFFMAN_CODED) !== 0;
    const start = this.#stringEnds();
    return huffman ? decodeHuffman(this.#bytes, start, this.#at) : this.#bytes.toString("latin1", start, this.#at);
  }

  /** Goes behind a string, and answers where its bytes begin. */
  #stringEnds(): number {
    const length = this.#integer(7);
    const start = this.#at;
    if (length > this.#end - start) throw new ConnectionError(ERROR_CODE.compression, "string beyond the header block");
    this.#at += length;
    return start;
  }

  /** Section 5.1. Nothing in a block of our size needs more than 28 bits. */
  #integer(prefixBits: number): number {
    const prefix = (1 << prefixBits) - 1;
    let value = this.#byte() & prefix;
    if (value < prefix) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#byte();
      value += (byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw new ConnectionError(ERROR_CODE.compression, "integer too large");
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new ConnectionError(ERROR_CODE.compression, "header block cut off");
    return byteAt(this.#bytes, this.#at++);
  }
}
