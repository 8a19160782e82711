// The parts of a model in its file: what is written of them and what is read. A file of version 1 is one part, always of full weight.
import type { Calibration, FactTrees, GramWeights, ModelPart, RawScore } from "./learned-model.ts";
import { type Fields, fieldsOf, fromBase64, isFields, numberIn, numbersIn, toBase64, wrong } from "./model-fields.ts";
import { BUCKETS } from "./text-reader.ts";

const MAX_TREE_DEPTH = 6;
const MAX_PARTS = 8;

export function partJson({ grams, facts, trees, vector, ...rest }: ModelPart): object {
  return {
    ...rest,
    grams: grams && { scale: grams.scale, weights: toBase64(grams.weights) },
    facts: facts && [...facts],
    trees: trees && { depth: trees.depth, facts: [...trees.facts], thresholds: [...trees.thresholds], leaves: [...trees.leaves] },
    vector: vector && toBase64(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)),
  };
}

/** `factCount`: how many facts the file names; `dimensions`: of vectors, where the parts are of one. */
export function partsOf(parts: unknown, factCount: number, dimensions = 0): readonly ModelPart[] {
  if (!Array.isArray(parts) || parts.length === 0 || parts.length > MAX_PARTS) throw wrong("parts");
  return parts.map((value: unknown) => {
    const part = fieldsOf(value, "parts");
    return {
      ...rawScoreOf(part, factCount),
      vector: vectorOf(part["vector"], dimensions),
      link: part["link"] === undefined ? undefined : calibrationOf(part, "link"),
      middle: numberIn(part, "middle"),
      near: numberIn(part, "near"),
      far: numberIn(part, "far"),
    };
  });
}

export function onePart(body: Fields, factCount: number): readonly ModelPart[] {
  return [{ ...rawScoreOf(body, factCount), link: undefined, middle: 0, near: 1, far: 1 }];
}

export function calibrationOf(fields: Fields, name: string): Calibration {
  const calibration = fieldsOf(fields[name], name);
  return { a: numberIn(calibration, "a"), b: numberIn(calibration, "b") };
}

function rawScoreOf(part: Fields, factCount: number): RawScore {
  const { grams, facts, trees } = part;
  return {
    bias: numberIn(part, "bias"),
    grams: grams === undefined ? undefined : gramsOf(fieldsOf(grams, "grams")),
    facts: facts === undefined ? undefined : numbersIn(part, "facts", factCount),
    trees: isFields(trees) ? treesOf(trees, factCount) : undefined,
  };
}

/** Of a part that stands where no vector is: none. */
function vectorOf(value: unknown, dimensions: number): Float32Array | undefined {
  if (dimensions === 0) return undefined;
  const bytes = fromBase64(value);
  if (bytes?.length !== dimensions * Float32Array.BYTES_PER_ELEMENT) throw wrong("vector");
  const weights = new Float32Array(bytes.buffer);
  if (!weights.every(Number.isFinite)) throw wrong("vector");
  return weights;
}

function gramsOf(grams: Fields): GramWeights {
  const bytes = fromBase64(grams["weights"]);
  if (bytes?.length !== BUCKETS) throw wrong("grams.weights");
  return { weights: new Int8Array(bytes.buffer), scale: numberIn(grams, "scale") };
}

function treesOf(trees: Fields, factCount: number): FactTrees {
  const depth = numberIn(trees, "depth", 1, MAX_TREE_DEPTH);
  const leaves = numbersIn(trees, "leaves");
  const count = leaves.length / 2 ** depth;
  if (!Number.isInteger(depth) || !Number.isInteger(count)) throw wrong("trees.leaves");
  const splits = count * (2 ** depth - 1);
  const facts = numbersIn(trees, "facts", splits);
  if (facts.some((fact) => !Number.isInteger(fact) || fact < 0 || fact >= factCount)) throw wrong("trees.facts");
  return { depth, facts: Uint8Array.from(facts), thresholds: numbersIn(trees, "thresholds", splits), leaves };
}
