// Which model answered, as the answer says: at the root, in a stream's events of the Responses interface, in Anthropic's first event;
// Gemini calls it a version.

export const MODEL_PLACES: readonly string[] = ["model", "response.model", "message.model", "modelVersion"];

/** No name is longer. */
const MAX_MODEL_LENGTH = 256;

export interface AnsweringModel {
  /** A string at one of MODEL_PLACES. */
  found(text: string): void;
  readonly model: string | undefined;
}

export function answeringModel(): AnsweringModel {
  let model: string | undefined;
  return {
    found(text) {
      if (text !== "" && text.length <= MAX_MODEL_LENGTH) model ??= text;
    },
    get model() {
      return model;
    },
  };
}
