// Answers for what is asked in other words: whose embeddings, how alike, and how sure it must be.
import { z } from "zod";
import { type Effective, note } from "../effective.ts";
import { embeddingFields } from "../embedding-fields.ts";
import { share } from "../fields.ts";

export interface SemanticConfig {
  readonly endpoint: string;
  readonly model: string;
  readonly keyFile: string | undefined;
  readonly dimensions: number | undefined; // undefined: as many as the model has
  readonly similarity: number;
  readonly timeoutMs: number;
  readonly maxError: number;
  readonly verify: number;
  readonly agreement: number;
  readonly entries: number;
  readonly pricePerMTok: number;
}

export const semantic = z
  .strictObject({
    endpoint: embeddingFields.endpoint,
    model: embeddingFields.model.describe("its model"),
    keyFile: embeddingFields.keyFile,
    dimensions: embeddingFields.dimensions.describe("asked for, where the model can give fewer. Default: the model's"),
    similarity: z.number().min(0.95).max(1).default(0.97).describe("cosine of two questions, at least; 0.98 for code and medicine"),
    timeoutMs: embeddingFields.timeoutMs.describe("milliseconds that a request waits for an embedding, at most; then its tier is asked"),
    maxError: z
      .number()
      .min(0.001)
      .max(0.1)
      .default(0.01)
      .describe(
        "share of wrong answers among those given: none is given until comparisons bound it so, at 95 %, nor where they no longer do",
      ),
    verify: share.default(0.05).describe("share of the answers that would be given for which the tier is asked all the same, to compare"),
    agreement: share
      .default(0.9)
      .describe("similarity of two answers' words, from which on they agree that have no JSON, choice, code or number to be compared by"),
    entries: z.int().min(16).max(10_000).default(1000).describe("questions that are known, of each process; 4 bytes a dimension each"),
    pricePerMTok: embeddingFields.pricePerMTok,
  })
  .optional()
  .describe(
    "answers also for what is asked in other words, if only the last question differs, nothing in its words speaks against it, and " +
      "comparisons with the tier's own answers bound the share of wrong ones. Default: off",
  );

type File = NonNullable<z.output<typeof semantic>>;

/** As the file has it, with every key. */
export function semanticOf({ keyFile, dimensions, ...others }: File): SemanticConfig {
  return { keyFile, dimensions, ...others };
}

export function effectiveSemantic(file: File): Effective<File> {
  const { keyFile, dimensions, ...others } = file;
  return {
    keyFile: keyFile ?? note("SLUICE_EMBEDDING_KEY's; else none"),
    dimensions: dimensions ?? note("the model's"),
    ...others,
  };
}
