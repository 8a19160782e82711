// An answer on its way as the checks see it: its pieces are read once, for its words and for how it ends.
import { type AnswerFailure, ENDING_PLACES, ending, failureOf } from "../ending/ending.ts";
import { AnswerSoFar } from "../said/answer-so-far.ts";
import { AnswerValues } from "../said/answer-values.ts";
import { type Asked, readAsked } from "../said/asked.ts";
import { readInto } from "../said/interfaces.ts";
import { AnswerFrames } from "../stream/answer-frames.ts";
import { placesOf } from "../stream/places.ts";
import type { Watched } from "./check.ts";

const PLACES = placesOf(ENDING_PLACES);

export class AnswerReading implements Watched {
  readonly answer = new AnswerSoFar();
  readonly #request: Uint8Array | undefined;
  readonly #values = new AnswerValues((value) => readInto(this.answer, value));
  readonly #end = ending();
  readonly #frames: AnswerFrames;
  #asked: { readonly asked: Asked | undefined } | undefined;
  #hasEnded = false;

  /** `request`: the body it answers, where it is known. */
  constructor(request: Uint8Array | undefined) {
    this.#request = request;
    const end = this.#end;
    this.#frames = new AnswerFrames(PLACES, {
      found: end.found,
      filled: end.filled,
      closed() {},
      rootClosed: () => end.rootClosed(this.#frames.shape === "json" ? "answer" : "event"),
      eventType: end.eventType,
      mayPass: end.mayPass,
      done: end.done,
    });
  }

  get asked(): Asked | undefined {
    this.#asked ??= { asked: readAsked(this.#request) };
    return this.#asked.asked;
  }

  get failure(): AnswerFailure | undefined {
    if (this.#hasEnded) return failureOf(this.#end, this.#frames, "seen");
    return this.#end.hasError || this.#frames.shape === "markup" ? "error" : undefined;
  }

  get isComplete(): boolean {
    return this.#end.isComplete || (this.#hasEnded && this.#frames.shape === "json" && !this.#frames.isUnfinished && !this.#end.isStream);
  }

  push(piece: Uint8Array): void {
    this.#frames.push(piece);
    this.#values.push(piece);
  }

  finish(why: "ended" | "held"): void {
    this.#values.finish(why);
    if (why === "held") return;
    this.#frames.end();
    this.answer.endCalls();
    this.#hasEnded = true;
  }
}
