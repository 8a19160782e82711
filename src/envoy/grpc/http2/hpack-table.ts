// HPACK's tables (RFC 7541, section 2.3): the static one, and the one a connection's header blocks fill as they are read.
import { ConnectionError, ERROR_CODE } from "./frames.ts";
import { type HeaderField, headerField } from "./header-field.ts";

/** Appendix A, in order; entries without a value have none. */
const STATIC_ENTRIES = `
:authority|:method=GET|:method=POST|:path=/|:path=/index.html|:scheme=http|:scheme=https|:status=200|:status=204|:status=206|:status=304
:status=400|:status=404|:status=500|accept-charset|accept-encoding=gzip, deflate|accept-language|accept-ranges|accept
access-control-allow-origin|age|allow|authorization|cache-control|content-disposition|content-encoding|content-language|content-length
content-location|content-range|content-type|cookie|date|etag|expect|expires|from|host|if-match|if-modified-since|if-none-match|if-range
if-unmodified-since|last-modified|link|location|max-forwards|proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after|server
set-cookie|strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate`;

const staticTable: readonly HeaderField[] = STATIC_ENTRIES.trim()
  .split(/[|\n]/)
  .map((entry) => {
    const [name = "", value = ""] = entry.split("=");
    return headerField(name, value);
  });

/** Dropped entries leave gaps in front, which are closed when there are this many. */
const GAPS_KEPT = 256;

export class HpackTable {
  readonly #limit: number;
  #maxBytes: number;
  #bytes = 0;
  #entries: (HeaderField | undefined)[] = []; // oldest first
  #oldest = 0;

  /** `limit`: the size announced to the peer, in bytes; it may choose to use less. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#maxBytes = limit;
  }

  /** Index 1 to 61 are static, 62 is the newest entry. */
  at(index: number): HeaderField {
    const field = index <= staticTable.length ? staticTable[index - 1] : this.#entries[this.#entries.length + staticTable.length - index];
    if (field === undefined) throw new ConnectionError(ERROR_CODE.compression, "index outside the table");
    return field;
  }

  /** An entry larger than the table empties it. */
  add(field: HeaderField): void {
    this.#evictTo(Math.max(0, this.#maxBytes - field.bytes));
    if (field.bytes > this.#maxBytes) return;
    this.#entries.push(field);
    this.#bytes += field.bytes;
  }

  resize(maxBytes: number): void {
    if (maxBytes > this.#limit) throw new ConnectionError(ERROR_CODE.compression, "table size above the limit");
    this.#maxBytes = maxBytes;
    this.#evictTo(maxBytes);
  }

  #evictTo(bytes: number): void {
    while (this.#bytes > bytes) {
      this.#bytes -= this.#entries[this.#oldest]?.bytes ?? 0;
      this.#entries[this.#oldest++] = undefined;
    }
    if (this.#oldest > GAPS_KEPT) {
      this.#entries = this.#entries.slice(this.#oldest);
      this.#oldest = 0;
    }
  }
}
