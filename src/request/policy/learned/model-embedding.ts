// The part of a model file that weighs vectors: what is written of it and what is read.
import type { EmbeddingModel, VectorStep } from "./learned-model.ts";
import { type Fields, fieldsOf, numberIn, numbersIn, QUANTILE_COUNT, wrong } from "./model-fields.ts";
import { calibrationOf, partJson, partsOf } from "./model-parts.ts";

export const MOST_DIMENSIONS = 8192;

export function embeddingJson({ steps, ...rest }: EmbeddingModel): object {
  return { ...rest, steps: steps.map((step) => (step === undefined ? null : { ...step, parts: step.parts.map(partJson) })) };
}

/** `steps`: how many the model has. */
export function embeddingOf(fields: Fields, factCount: number, steps: number): EmbeddingModel {
  const { model, isCut, steps: written } = fields;
  const dimensions = numberIn(fields, "dimensions", 1, MOST_DIMENSIONS);
  if (typeof model !== "string" || model === "" || !Number.isInteger(dimensions)) throw wrong("embedding");
  if (!Array.isArray(written) || written.length !== steps) throw wrong("embedding.steps");
  return {
    model,
    dimensions,
    isCut: isCut === true,
    steps: written.map((step: unknown) => (step === null ? undefined : stepOf(fieldsOf(step, "embedding.steps"), factCount, dimensions))),
    quantiles: [...numbersIn(fields, "quantiles", QUANTILE_COUNT)],
  };
}

function stepOf(step: Fields, factCount: number, dimensions: number): VectorStep {
  return {
    base: numberIn(step, "base", 0),
    parts: partsOf(step["parts"], factCount, dimensions),
    calibration: calibrationOf(step, "calibration"),
    cut: numberIn(step, "cut", 0, 1),
  };
}
