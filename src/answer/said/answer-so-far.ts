// What an answer says so far, whichever interface it is of: its words, the tools it calls, why it ended. Bounded: of a longer answer the
// front is kept.
import type { JsonObject } from "./json.ts";

export interface ToolCall {
  readonly key: string; // by which its pieces find it
  name: string;
  json: string; // its arguments, as far as they have come
  given: JsonObject | undefined; // the arguments, where they come as an object
  isEnded: boolean;
  isTooLong: boolean; // not all of it was kept
}

const MAX_TEXT = 64 * 1024; // characters, also of a call's arguments
const MAX_CALLS = 64;
const THINKS_FIRST = /^\s*<(?:t|$)/;
const THOUGHTS = /^\s*<think>[\s\S]*?<\/think>/;
const THINKS = /^\s*<(?:t(?:h(?:i(?:n(?:k(?:>[\s\S]*)?)?)?)?)?)?$/;

/** Filled by interfaces.ts, asked by the checks. */
export class AnswerSoFar {
  /** Something of an interface that is known has come. */
  isKnown = false;
  /** The model's own refusal, where the interface has a place for it. */
  refusal = "";
  /** As the server says: stop, length, tool_calls, end_turn … */
  finish: string | undefined;
  /** Something else than words and calls: sound, an image. */
  hasOther = false;
  logProbs = 0; // the sum
  logProbTokens = 0;
  readonly calls: ToolCall[] = [];
  #text = "";
  #chars = 0;
  #said: string | undefined;

  /** Without the thoughts that some servers leave in front. */
  get text(): string {
    if (!THINKS_FIRST.test(this.#text)) return this.#text;
    if (this.#said === undefined) {
      const isThinking = THINKS.test(this.#text) && !THOUGHTS.test(this.#text);
      this.#said = isThinking ? "" : this.#text.replace(THOUGHTS, "");
    }
    return this.#said;
  }

  /** Of all its words, those that were not kept too. */
  get chars(): number {
    return this.#chars;
  }

  get isTextCut(): boolean {
    return this.#chars > this.#text.length;
  }

  say(text: string): void {
    this.#chars += text.length;
    if (this.#text.length >= MAX_TEXT) return;
    this.#text += text.slice(0, MAX_TEXT - this.#text.length);
    this.#said = undefined;
  }

  refuse(text: string): void {
    if (this.refusal.length < MAX_TEXT) this.refusal += text;
  }

  logProb(value: number): void {
    this.logProbs += value;
    this.logProbTokens++;
  }

  /** The call with this key; begun where there is none: then those before it have ended, or go on if they are told apart by key. */
  call(key: string): ToolCall | undefined {
    const known = this.calls.find((call) => call.key === key);
    if (known !== undefined || this.calls.length === MAX_CALLS) return known;
    const call: ToolCall = { key, name: "", json: "", given: undefined, isEnded: false, isTooLong: false };
    this.calls.push(call);
    return call;
  }

  /** Why it ended, once. The calls are whole then. */
  end(finish: string): void {
    this.finish ??= finish;
    this.endCalls();
  }

  endCalls(): void {
    for (const call of this.calls) call.isEnded = true;
  }
}

export function addArguments(call: ToolCall, json: string): void {
  if (call.json.length + json.length > MAX_TEXT) call.isTooLong = true;
  else call.json += json;
}
