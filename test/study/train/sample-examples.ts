// Made-up labelled requests for tests of training: in some, words tell which tier is needed; in others nothing does.
import type { Example, Truth } from "../../../src/study/dataset/example.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import type { TrainSettings } from "../../../src/study/train/settings.ts";

/** As `train` has them where nothing else is said. */
export const SETTINGS: TrainSettings = {
  scope: "all",
  target: "strong-gains",
  weakShare: 0.65,
  newTopics: 0.2,
  seed: 1,
  force: false,
  date: "2026-01-31",
  maxRows: 100_000,
};
export const QUIET = { rows: () => {}, models: () => {}, refuse: () => {} };

const PLAIN = "apple river stone cloud paper table window garden summer bread music train letter candle button mirror".split(" ");
const HARD = "theorem derive integral prove eigenvalue asymptotic".split(" ");

export interface SampleOptions {
  readonly rows: number;
  readonly telling: number; // how likely a row that needs strong holds a hard word
  readonly truth: Truth["kind"];
}

export function sampleExamples({ rows, telling, truth }: SampleOptions): Example[] {
  const random = randomSource(11);
  const pick = (words: readonly string[]) => words[Math.floor(random() * words.length)] ?? "";
  return Array.from({ length: rows }, (_, row) => {
    const needsStrong = random() < 0.3;
    const words = Array.from({ length: 8 + Math.floor(random() * 12) }, () => `${pick(PLAIN)}${Math.floor(random() * 50)}`);
    if (random() < (needsStrong ? telling : 0.05)) words.splice(3, 0, pick(HARD), pick(HARD));
    const body = new TextEncoder().encode(JSON.stringify({ messages: [{ role: "user", content: words.join(" ") }] }));
    return { body, path: undefined, group: undefined, truth: truthOf(truth, needsStrong), place: `sample:${row + 1}` };
  });
}

function truthOf(kind: Truth["kind"], needsStrong: boolean): Truth {
  return kind === "label" ? { kind, needed: needsStrong ? "strong" : "weak" } : { kind, weak: needsStrong ? 0.2 : 0.8, strong: 0.8 };
}

export async function* streamed(examples: readonly Example[]): AsyncGenerator<Example> {
  yield* examples;
}
