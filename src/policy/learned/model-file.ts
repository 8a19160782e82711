// The model file: reads it and refuses, in words, what is damaged, foreign or newer than this program.
import type { LearnedModel } from "./learned-model.ts";

/** Why bytes are no model that can be used; the message says what is wrong, without the file's name. */
export class ModelFileError extends Error {
  override readonly name = "ModelFileError";
}

/** Throws a ModelFileError. */
export function parseModel(bytes: Uint8Array): LearnedModel {
  throw new ModelFileError(`not a model file (${bytes.length} bytes)`);
}
