// An answer as bytes, in memory and in a store alike: what is known of it as one line of JSON, and the server's own bytes behind it.

const NEWLINE = 0x0a;

export function encodedAnswer(head: object, body: Uint8Array): readonly [head: Buffer, body: Uint8Array] {
  return [Buffer.from(`${JSON.stringify(head)}\n`), body];
}

/** `head` is whatever stands there; undefined: it cannot be read. */
export function decodedAnswer(bytes: Uint8Array): { readonly head: unknown; readonly body: Uint8Array } {
  const end = Math.max(bytes.indexOf(NEWLINE), 0);
  return { head: json(bytes.subarray(0, end)), body: bytes.subarray(end + 1) };
}

function json({ buffer, byteOffset, length }: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(buffer, byteOffset, length).toString());
  } catch {
    return undefined;
  }
}
