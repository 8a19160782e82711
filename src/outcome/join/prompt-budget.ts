// Bounds the memory of captured prompts: each is kept until its request's outcome is known, which a stopped log service can delay for long.
import type { Routed } from "../../request/routing/routing.ts";

type Prompt = Routed["prompt"];

export interface PromptBudget {
  /** The prompt, or undefined when there is no room for it. */
  keep(prompt: Prompt): Prompt;
  /** To be called once with what `keep` gave. */
  release(prompt: Prompt): void;
}

/** `maxLength`: of all prompts together, in UTF-16 code units. */
export function promptBudget(maxLength: number): PromptBudget {
  let held = 0;
  return {
    keep(prompt) {
      if (prompt === undefined || held + prompt.text.length > maxLength) return undefined;
      held += prompt.text.length;
      return prompt;
    },
    release(prompt) {
      held -= prompt?.text.length ?? 0;
    },
  };
}
