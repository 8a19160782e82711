// What a model comes to where a request's vector is there. The file holds each weight once; what both forms have is the same memory.
import type { LearnedModel, ModelStep, VectorStep } from "./learned-model.ts";

/** Undefined: the model takes no vectors. */
export function modelWithVector(model: LearnedModel): LearnedModel | undefined {
  const { embedding } = model;
  if (embedding === undefined) return undefined;
  const [first, ...above] = embedding.steps;
  const { quantiles } = embedding;
  return { ...model, ...stepWithVector(model, first), above: model.above.map((step, at) => stepWithVector(step, above[at])), quantiles };
}

function stepWithVector({ parts, known, ...own }: ModelStep, more: VectorStep | undefined): ModelStep {
  if (more === undefined) return { parts, known, ...own };
  const { base, calibration, cut } = more;
  const beside = parts.map((part) => ({ ...part, near: base * part.near, far: base * part.far }));
  return { parts: [...beside, ...more.parts], known, calibration, cut };
}
