// Text that the harness of a coding agent puts into messages of the user, known by its marks. Scopes of what the user said leave it out.

/** From `open` to the first `close` behind it in the same message; without a `close` in it, the text stays the user's. */
export interface Envelope {
  readonly open: string;
  readonly close?: string | undefined; // undefined: all that follows in the message is the harness's
}

export const MAX_ENVELOPES = 64;
/** Where the first bytes of opening marks fit into so many places, the scanner looks for them in 64 places of a text at once. */
const FIRST_PLACES = 4;
const MIN_OPEN_BYTES = 4; // the scanner compares as many at once
const MAX_MARK_BYTES = 128;

export const DEFAULT_ENVELOPES: readonly Envelope[] = [
  { open: "<system-reminder>", close: "</system-reminder>" }, // Claude Code, as are the next two: what a command of its own was, and said
  { open: "<local-command-caveat>", close: "</local-command-caveat>" },
  { open: "<local-command-stdout>", close: "</local-command-stdout>" },
  { open: "<subagent_notification>", close: "</subagent_notification>" }, // Codex, as are the next three
  { open: "<environment_context>", close: "</environment_context>" },
  { open: "<user_instructions>", close: "</user_instructions>" },
  { open: "# AGENTS.md instructions for ", close: "</INSTRUCTIONS>" },
  { open: "<environment_details>", close: "</environment_details>" }, // Cline
  { open: "I have *added these files to the chat*" }, // aider, as are the next two: a message each
  { open: "Here are some READ ONLY files, provided for your reference." },
  { open: "Here are summaries of some files present in my git repository." },
  { open: "To suggest changes to a file you MUST return the entire content of the updated file." }, // aider's rules, behind the question
  { open: "# *SEARCH/REPLACE block* Rules:" },
  { open: "# V4A Diff Format Rules:" },
  { open: "# File editing rules:" },
];

/** What is wrong with an opening mark, as the end of a sentence; undefined when nothing is. */
export function checkOpen(mark: string): string | undefined {
  return utf8(mark).length < MIN_OPEN_BYTES ? `must have at least ${MIN_OPEN_BYTES} bytes of UTF-8` : checkClose(mark);
}

/** The same of a closing mark. */
export function checkClose(mark: string): string | undefined {
  const { length } = utf8(mark);
  if (length === 0) return "must not be empty";
  if (!mark.isWellFormed()) return "holds half of a surrogate pair";
  return length > MAX_MARK_BYTES ? `has ${length} bytes of UTF-8; at most ${MAX_MARK_BYTES} are possible` : undefined;
}

const NIBBLES = 16;
const FIRSTS = 4 * NIBBLES;
const MASKS = FIRSTS + 4 * 16;
const RECORDS = MASKS + 4 * 16;
const RECORD_BYTES = 24;

/** The table of assembly/envelopes.ts. Throws a RangeError. */
export function compileEnvelopes(envelopes: readonly Envelope[]): Uint8Array {
  if (envelopes.length > MAX_ENVELOPES) throw new RangeError(`${envelopes.length} envelopes; at most ${MAX_ENVELOPES} are possible`);
  for (const { open, close } of envelopes) {
    const complaint = checkOpen(open) ?? (close === undefined ? undefined : checkClose(close));
    if (complaint !== undefined) throw new RangeError(`envelope ${JSON.stringify(open)} ${complaint}`);
  }
  const firsts = firstPlaces(envelopes);
  const marks = envelopes.map(({ open, close = "" }) => ({ open: utf8(open), close: utf8(close) }));
  const size = marks.reduce((sum, { open, close }) => sum + RECORD_BYTES + open.length + close.length, RECORDS);
  const table = new Uint8Array(size);
  for (let i = 0; i < FIRST_PLACES; i++) {
    const { bits, mask } = firsts[i] ?? firsts[0] ?? ALL_BYTES;
    table.fill(bits, FIRSTS + 16 * i, FIRSTS + 16 * (i + 1));
    table.fill(mask, MASKS + 16 * i, MASKS + 16 * (i + 1));
  }
  const view = new DataView(table.buffer);
  let free = RECORDS + RECORD_BYTES * marks.length;
  const place = (bytes: Uint8Array, record: number) => {
    view.setUint32(record, free, true);
    view.setUint32(record + 4, bytes.length, true);
    table.set(bytes, free);
    free += bytes.length;
  };
  marks.forEach(({ open, close }, index) => {
    for (const at of [0, 1]) addNibbles(table.subarray(2 * NIBBLES * at), open[at] ?? 0);
    place(open, RECORDS + RECORD_BYTES * index);
    place(close, RECORDS + RECORD_BYTES * index + 8);
  });
  return table;
}

export function hasFewFirstBytes(envelopes: readonly Envelope[]): boolean {
  return firstPlaces(envelopes).length <= FIRST_PLACES;
}

interface FirstPlace {
  readonly bits: number;
  readonly mask: number; // which of a byte's bits must be these
}

const ALL_BYTES: FirstPlace = { bits: 0, mask: 0 };

/** What opening marks begin with, each once; two bytes that differ in one bit share a place. */
function firstPlaces(envelopes: readonly Envelope[]): readonly FirstPlace[] {
  const left = new Set(envelopes.map(({ open }) => utf8(open)[0] ?? 0));
  const places: FirstPlace[] = [];
  for (const byte of left) {
    left.delete(byte);
    const differing = [...left].map((other) => byte ^ other).find((bits) => (bits & (bits - 1)) === 0) ?? 0;
    left.delete(byte ^ differing);
    places.push({ bits: byte & ~differing, mask: 255 & ~differing });
  }
  return places;
}

/** Bytes are told apart by a bit for their high nibble: two of the sixteen share one, which the comparison behind it sets right. */
function addNibbles(tables: Uint8Array, byte: number): void {
  const [low, high] = [byte & 15, NIBBLES + (byte >> 4)];
  const bit = 1 << ((byte >> 4) & 7);
  tables[low] = (tables[low] ?? 0) | bit;
  tables[high] = (tables[high] ?? 0) | bit;
}

const utf8 = (text: string) => new TextEncoder().encode(text);
