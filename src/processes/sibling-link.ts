// Connects a process with its siblings behind the same Envoy, each to each, by Unix sockets in a folder that only their user may enter.
// What is to be told is gathered for a moment, so that a system call carries many entries; a sibling that is gone, or does not answer,
// refuses.
import { rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Reading } from "../answer/answer-reader.ts";
import type { AccessLogEntry } from "../envoy/wire/access-log.ts";
import type { ThrownAnswer } from "../outcome/join/discarded.ts";
import type { SiblingDeps, Siblings } from "../outcome/join/siblings.ts";
import { createOffers, type Offers } from "./offers.ts";
import { encodeFrame, frameReader, type SiblingFrame } from "./sibling-frames.ts";
import { questionBytes, questionsIn } from "./told-questions.ts";

export interface SiblingPlace {
  readonly folder: string; // of their sockets
  readonly index: number; // of this process
  readonly count: number; // of all
}

/**
 * An outcome may be told so much later: Envoy gathers as long. With 20 ms the siblings' part of an outcome took 13 µs of CPU with two
 * processes, and 45 with four; with this it is not to be told from none (bench/processes.ts).
 */
const GATHER_MS = 250;
/** Beyond the longest pause of a busy process. */
const ANSWER_MS = 10_000;
/** At the end. */
const LAST_ANSWERS_MS = 500;
const LOOK_MS = 5;
/** To a sibling that does not read. */
const MAX_UNREAD_BYTES = 8 << 20;

export async function openSiblings({ folder, index, count }: SiblingPlace, deps: SiblingDeps): Promise<Siblings> {
  const pathOf = (of: number) => join(folder, String(of));
  const server = await listenToSiblings(pathOf(index), deps);
  const offers = createOffers(deps.nobodys, () => performance.now());
  const others = Array.from({ length: count }, (_, of) => of).filter((of) => of !== index);
  const siblings = others.map((of) => siblingAt(pathOf(of), offers));
  let entries: AccessLogEntry[] = [];
  let pieces: Uint8Array[] = [];
  let begun: string[] = [];
  let readings: (readonly [string, Reading | undefined])[] = [];
  let learned: (readonly [string, string])[] = [];
  let discarded: (readonly [string, ThrownAnswer])[] = [];
  let asked: Buffer[] = [];
  let timer: NodeJS.Timeout | undefined;

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    offers.expire(ANSWER_MS);
    if (begun.length > 0) tellAll(siblings, { kind: "reading", ids: begun });
    if (readings.length > 0) tellAll(siblings, { kind: "read", readings });
    if (learned.length > 0) tellAll(siblings, { kind: "learned", keys: learned });
    if (discarded.length > 0) tellAll(siblings, { kind: "discarded", answers: discarded });
    if (asked.length > 0) tellAll(siblings, { kind: "asked", bytes: Buffer.concat(asked) });
    if (entries.length > 0) offerAll(siblings, offers, entries, pieces);
    [entries, pieces, begun, readings, learned, discarded, asked] = [[], [], [], [], [], [], []];
  };
  const soon = () => {
    timer ??= setTimeout(flush, GATHER_MS);
  };
  return {
    offer(entry, bytes) {
      entries.push(entry);
      pieces.push(bytes);
      soon();
    },
    reading(requestId) {
      begun.push(requestId);
      soon();
    },
    read(requestId, reading) {
      readings.push([requestId, reading]);
      soon();
    },
    discarded(requestId, thrown) {
      discarded.push([requestId, thrown]);
      soon();
    },
    learned(key, tier) {
      learned.push([key, tier]);
      soon();
    },
    asked(question) {
      asked.push(questionBytes(question));
      soon();
    },
    flush,
    async close() {
      flush();
      for (const until = performance.now() + LAST_ANSWERS_MS; !offers.areAnswered() && performance.now() < until; ) await wait(LOOK_MS);
      offers.expire(0);
      for (const sibling of siblings) sibling.end();
      await server.close();
    },
  };
}

function tellAll(siblings: readonly Sibling[], frame: SiblingFrame): void {
  const bytes = encodeFrame(frame);
  for (const sibling of siblings) sibling.tell(bytes);
}

function offerAll(siblings: readonly Sibling[], offers: Offers, entries: readonly AccessLogEntry[], pieces: readonly Uint8Array[]): void {
  let end = 0;
  const ends = pieces.map(({ length }) => {
    end += length;
    return end;
  });
  const about = offers.add(entries, siblings.length);
  const frame = { kind: "offer", about, ids: entries.map(({ requestId }) => requestId), ends, bytes: Buffer.concat(pieces) } as const;
  const bytes = encodeFrame(frame);
  for (const sibling of siblings) sibling.offer(about, bytes);
}

interface Sibling {
  /** Refused, where it cannot be told. */
  offer(about: number, bytes: Buffer): void;
  tell(bytes: Buffer): boolean;
  end(): void;
}

/** Connects when there is something to tell, and anew when the sibling has been started again. */
function siblingAt(path: string, offers: Offers): Sibling {
  let socket: Socket | undefined;
  const unanswered = new Set<number>();
  const refuse = (about: number, places: readonly number[] | undefined) => {
    if (unanswered.delete(about)) offers.refused(about, places);
  };
  const open = (): Socket => {
    const opened = connect(path);
    const read = frameReader((frame) => {
      if (frame.kind === "refused") refuse(frame.about, frame.places);
    });
    opened.on("data", read);
    opened.on("error", () => {}); // "close" follows
    opened.on("close", () => {
      socket = undefined;
      for (const about of unanswered) refuse(about, undefined);
    });
    return opened.unref();
  };
  const tell = (bytes: Buffer): boolean => {
    socket ??= open();
    if (socket.writableLength > MAX_UNREAD_BYTES) return false;
    socket.write(bytes);
    return true;
  };
  return {
    offer(about, bytes) {
      unanswered.add(about);
      if (!tell(bytes)) refuse(about, undefined);
    },
    tell,
    end: () => socket?.destroy(),
  };
}

async function listenToSiblings(path: string, deps: SiblingDeps): Promise<{ close(): Promise<void> }> {
  rmSync(path, { force: true }); // of the process before, in this one's place
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const read = frameReader((frame) => {
      const reply = answerTo(frame, deps);
      if (reply !== undefined) socket.write(encodeFrame(reply));
    });
    socket.on("data", read);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.unref();
  });
  await listening(server, path);
  server.unref();
  return {
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => resolve());
  });
}

function answerTo(frame: SiblingFrame, deps: SiblingDeps): SiblingFrame | undefined {
  switch (frame.kind) {
    case "offer": {
      const { about, ids, ends, bytes } = frame;
      const places: number[] = [];
      for (const [place, id] of ids.entries()) {
        if (!deps.take(id, bytes.subarray(ends[place - 1] ?? 0, ends[place]))) places.push(place);
      }
      return { kind: "refused", about, places };
    }
    case "reading":
      for (const id of frame.ids) deps.reading(id);
      return undefined;
    case "read":
      for (const [id, reading] of frame.readings) deps.read(id, reading);
      return undefined;
    case "discarded":
      for (const [id, thrown] of frame.answers) deps.discarded(id, thrown);
      return undefined;
    case "learned":
      for (const [key, tier] of frame.keys) deps.learned(key, tier);
      return undefined;
    case "asked":
      for (const question of questionsIn(Buffer.from(frame.bytes.buffer, frame.bytes.byteOffset, frame.bytes.length))) deps.asked(question);
      return undefined;
    case "refused":
      return undefined; // comes by the other way
    default:
      return frame satisfies never;
  }
}
