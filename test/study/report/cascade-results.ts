// An evaluation of a cascade for the page's tests, as one of 800 made answers gives it.
import { cascadeEvaluation } from "../../../src/study/answers/cascade-evaluation.ts";
import type { CascadeGrounds } from "../../../src/study/answers/cascade-text.ts";
import type { CascadeRows } from "../../../src/study/answers/cost-curves.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";

const COUNT = 800;

/** Strong is right where weak is, and in half of the others; what is said against an answer is right mostly. */
function madeRows(): CascadeRows {
  const random = randomSource(3);
  const drawn = (share: number) => Float64Array.from({ length: COUNT }, () => (random() < share ? 1 : 0));
  const [weak, helps, noise] = [drawn(0.5), drawn(0.5), drawn(0.25)];
  const behind = weak.map((right, row) => (noise[row] === 1 ? random() : 1 - right) + random() / 10);
  return {
    count: COUNT,
    weak,
    gains: weak.map((right, row) => (right === 1 ? 0 : (helps[row] ?? 0))),
    weakCost: weak.map(() => 1e-5 * (1 + random())),
    strongCost: weak.map(() => 1e-4 * (1 + random())),
    before: weak.map((right) => 0.3 * (1 - right) + random()),
    behind,
    weighed: behind,
    flagged: Uint8Array.from(behind, (score) => (score > 0.9 ? 1 : 0)),
  };
}

export const CASCADE = cascadeEvaluation(madeRows(), 1, 100);

export const GROUNDS: CascadeGrounds = {
  files: ["answers.jsonl"],
  policy: "main",
  verifier: "verifier.json",
  tiers: ["weak", "strong"],
  pricesAssumed: true,
  warnings: ["the verifier was trained on these rows: its figures flatter it"],
};

export const HOSTILE_GROUNDS: CascadeGrounds = {
  ...GROUNDS,
  files: [`<img src=x onerror="window.injected=1">`],
  policy: `<script>window.injected=1</script>`,
  tiers: ["<b>weak", `"strong" & all`],
  warnings: [],
  pricesAssumed: false,
};

export const ABOUT = { version: "0.0.0", date: "2026-01-31", command: "sluice evaluate --cascade", configuration: undefined } as const;
