// What is embedded of a request's text, in training and on the way of a request alike.
import { characterStart } from "./text-reader.ts";

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Of a text of more bytes the front and the back, on a line each. */
export function embeddedText(text: Uint8Array, readBytes: number): string {
  if (text.length <= readBytes) return UTF8.decode(text);
  const half = readBytes >> 1;
  const front = text.subarray(0, characterStart(text, half - 3));
  return `${UTF8.decode(front)}\n${UTF8.decode(text.subarray(characterStart(text, text.length - half)))}`;
}
