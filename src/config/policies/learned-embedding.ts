// Where a learned policy has the vectors of requests from: its own key `embedding`, held against what its model was trained with.
import { z } from "zod";
import type { EmbeddingModel, LearnedModel } from "../../request/policy/learned/learned-model.ts";
import type { VectorEndpoint } from "../../request/policy/vectors.ts";
import { type Effective, note } from "../effective.ts";
import { embeddingFields } from "../embedding-fields.ts";
import type { PolicyContext } from "./context.ts";

export const embedding = z
  .strictObject({
    endpoint: embeddingFields.endpoint,
    model: embeddingFields.model.optional().describe("its model, which must be the one of the training. Default: that one"),
    keyFile: embeddingFields.keyFile,
    dimensions: embeddingFields.dimensions.describe("asked for: as many as in training. Default: what was asked for then"),
    timeoutMs: embeddingFields.timeoutMs.describe(
      "milliseconds that a request waits for its vector, at most; then it is decided without. Together with `cache.waitMs` below Envoy's " +
        "`message_timeout`, 2 s in envoy.yaml",
    ),
    pricePerMTok: embeddingFields.pricePerMTok,
  })
  .optional()
  .describe(
    "of a model trained with `--embedding-endpoint`: where the vectors of requests come from. Default: none, it decides without " +
      "(docs/embeddings.md)",
  );

type File = NonNullable<z.output<typeof embedding>>;

/** Complains of what the model was not trained with; nothing beside a model that takes no vectors. */
export function embeddingFor(file: File | undefined, model: LearnedModel | undefined, { path, complain }: PolicyContext): EmbeddedBy {
  if (file === undefined) return {};
  const place = [...path, "embedding"];
  const trained = model?.embedding;
  if (trained === undefined) {
    complain(
      place,
      model === undefined ? "needs `file`, a model that takes vectors" : "the model takes no vectors: train it with `--embedding-endpoint`",
    );
    return {};
  }
  const { model: named = trained.model, dimensions = askedFor(trained) } = file;
  if (named !== trained.model) complain([...place, "model"], `the policy's model was trained with vectors of ${trained.model}`);
  if (dimensions !== undefined && dimensions !== trained.dimensions)
    complain([...place, "dimensions"], `the policy's model was trained with ${trained.dimensions}`);
  const { endpoint, keyFile, timeoutMs, pricePerMTok } = file;
  return { embedding: { endpoint, model: named, keyFile, dimensions, timeoutMs, pricePerMTok } };
}

interface EmbeddedBy {
  readonly embedding?: VectorEndpoint;
}

function askedFor({ isCut, dimensions }: EmbeddingModel): number | undefined {
  return isCut ? dimensions : undefined;
}

export function effectiveEmbedding(file: File | undefined, trained: EmbeddingModel | undefined): Effective<File> | ReturnType<typeof note> {
  if (file === undefined) return note(trained === undefined ? "of a model that takes vectors" : "none; decides without vectors");
  const { endpoint, model, keyFile, dimensions, ...others } = file;
  return {
    endpoint,
    model: model ?? trained?.model ?? note("the one of the training"),
    keyFile: keyFile ?? note("SLUICE_EMBEDDING_KEY's; else none"),
    dimensions: dimensions ?? (trained && askedFor(trained)) ?? note("the model's"),
    ...others,
  };
}
