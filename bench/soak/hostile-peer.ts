// A hostile peer at work: connects, does what its kind does until the connection ends, and comes again; what came of it is counted.
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { HostileKind } from "./hostile-kinds.ts";

export interface HostileRecord {
  connections: number;
  calm: number; // ended by sluice with ENHANCE_YOUR_CALM
  closed: number; // ended by it otherwise
  outlived: number; // were still open when their time was up, and hung up themselves
  pieces: number;
  refused: number; // answers with status 403
  answered: number; // with another one
}

export type HostileRecords = Readonly<Record<string, HostileRecord>>;

const GOAWAY = 7;
const ENHANCE_YOUR_CALM = 11;

export function newRecord(): HostileRecord {
  return { connections: 0, calm: 0, closed: 0, outlived: 0, pieces: 0, refused: 0, answered: 0 };
}

export async function attack(kind: HostileKind, address: string, record: HostileRecord, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    await attackOnce(kind, address, record, ended);
    await sleep(kind.pauseMs, undefined, { signal: ended }).catch(() => {});
  }
}

async function attackOnce(kind: HostileKind, address: string, record: HostileRecord, ended: AbortSignal): Promise<void> {
  const [host = "", port] = address.split(":");
  const socket = connect({ host, port: Number(port), noDelay: true, allowHalfOpen: true });
  const over = Promise.withResolvers<void>();
  const replies = kind.port === "extProc" ? goaways() : statuses(record);
  let hungUp = false;
  const hangUp = () => {
    hungUp = true;
    socket.destroy();
  };
  const timer = setTimeout(() => {
    record.outlived++;
    hangUp();
  }, kind.withinMs);
  ended.addEventListener("abort", hangUp);
  record.connections++;
  socket.on("error", () => {}); // "close" follows
  socket.on("close", () => over.resolve());
  socket.on("end", () => socket.destroy());
  if (kind.reads !== false) socket.on("data", (bytes) => replies.read(bytes));
  socket.write(kind.begins);
  if (kind.halfCloses === true) socket.end();
  await Promise.race([over.promise, sendPieces()]);
  await over.promise;
  clearTimeout(timer);
  ended.removeEventListener("abort", hangUp);
  if (hungUp) return;
  if (replies.last() === ENHANCE_YOUR_CALM) record.calm++;
  else record.closed++;

  async function sendPieces(): Promise<void> {
    for (let n = 0; kind.piece !== undefined && !socket.destroyed; n++) {
      record.pieces++;
      const isTaken = socket.write(kind.piece(n));
      if (kind.everyMs > 0) await sleep(kind.everyMs);
      else if (isTaken) await new Promise((resolve) => setImmediate(resolve));
      else await Promise.race([over.promise, new Promise((resolve) => socket.once("drain", resolve))]);
    }
  }
}

interface Replies {
  read(bytes: Buffer): void;
  last(): number | undefined; // error code of a GOAWAY
}

/** Frame by frame. */
function goaways(): Replies {
  let rest: Buffer = Buffer.alloc(0);
  let code: number | undefined;
  return {
    read(bytes) {
      rest = Buffer.concat([rest, bytes]);
      let at = 0;
      for (let end = 0; at + 9 <= rest.length; at = end) {
        end = at + 9 + rest.readUIntBE(at, 3);
        if (end > rest.length) break;
        if (rest[at + 3] === GOAWAY) code = rest.readUInt32BE(at + 13);
      }
      rest = rest.subarray(at);
    },
    last: () => code,
  };
}

/** Of answers by HTTP/1.1. */
function statuses(record: HostileRecord): Replies {
  return {
    read(bytes) {
      for (const [, status] of bytes.toString("latin1").matchAll(/HTTP\/1\.1 (\d{3})/g)) {
        if (status === "403") record.refused++;
        else record.answered++;
      }
    },
    last: () => undefined,
  };
}
