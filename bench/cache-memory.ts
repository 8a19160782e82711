// Whether kept answers take the memory they may take, and no more: a store of so many bytes is filled, and then turned over several times
// with answers of all sizes; what the process has gained since is held against the limit. `node --expose-gc bench/cache-memory.ts 1024`.
import { answersInMemory } from "../src/state/answers-in-memory.ts";

const MB = 1 << 20;
const TURNS = 3; // times that all of it is replaced
const LARGEST_BYTES = 256 << 10;
const SMALLEST_BYTES = 300;
const WARM_BYTES = 32 * MB;

const limitBytes = Number(process.argv[2] ?? 1024) * MB;
const gc = (globalThis as { gc?: () => void }).gc ?? (() => {});
const rss = () => {
  for (let turn = 0; turn < 3; turn++) gc();
  return process.memoryUsage().rss;
};

let seed = 7;
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};
/** Most are short, as answers are; evenly over the orders of size. */
const size = () => Math.floor(SMALLEST_BYTES * (LARGEST_BYTES / SMALLEST_BYTES) ** (random() ** 2));

const body = Buffer.alloc(LARGEST_BYTES, "x");
const [contentType, model] = ["text/event-stream", "gpt-4o-mini-2024-07-18"];

/** Filled, and turned over. */
function churned(maxBytes: number, onEvicted: () => void, look: () => void) {
  const store = answersInMemory({ maxBytes: () => maxBytes, now: () => 0, onEvicted });
  for (let index = 0, written = 0; written < (TURNS + 1) * maxBytes; index++) {
    const bytes = size();
    const spent = { inputTokens: 812, outputTokens: 390.5, costUsd: 0.0123, atMs: 1.79e12 + index, untilMs: 1.8e12 + index };
    store.set(`${index}`.padStart(43, "k"), { body: body.subarray(0, bytes), contentType, model, ...spent });
    written += bytes;
    if (random() < 0.3) store.get(`${Math.floor(random() * index)}`.padStart(43, "k"));
    if (index % 20_000 === 0) look();
  }
  return store;
}

churned(
  WARM_BYTES,
  () => {},
  () => {},
).clear(); // what any traffic makes the process grow by is not the answers'
const before = rss();
let [evicted, most] = [0, 0];
const store = churned(
  limitBytes,
  () => evicted++,
  () => {
    most = Math.max(most, process.memoryUsage().rss - before);
  },
);
const gained = rss() - before;
const share = (bytes: number) => Number((bytes / limitBytes).toFixed(3));
const held = { counted: share(store.bytes), held: share(gained), heldAtMost: share(Math.max(most, gained)) };
console.log(JSON.stringify({ limitMb: limitBytes / MB, answers: store.count, evicted, ...held }));
