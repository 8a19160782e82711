// Writes bytes to a descriptor until all are out or it takes no more: a disk that fills up takes some of them and says so at the next try.
import { write } from "node:fs";

/** `at`: all before it are out. `cause`: why not all are; EAGAIN where the reader of a pipe is slow. */
export interface WrittenBytes {
  readonly at: number;
  readonly cause?: unknown;
}

/** Where the descriptor stands, or at the end of a file that was opened to append. */
export async function writeBytes(descriptor: number, bytes: Buffer, from: number): Promise<WrittenBytes> {
  let at = from;
  try {
    while (at < bytes.length) {
      const written = await writeSome(descriptor, bytes, at);
      if (written === 0) return { at, cause: TOOK_NOTHING };
      at += written;
    }
    return { at };
  } catch (cause) {
    return { at, cause };
  }
}

const TOOK_NOTHING = new Error("nothing was taken");

function writeSome(descriptor: number, bytes: Buffer, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, at, bytes.length - at, null, (error, written) => (error === null ? resolve(written) : reject(error)));
  });
}
