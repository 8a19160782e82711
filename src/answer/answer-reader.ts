// Reads an answer as it streams by, once, for all that is asked of it: what the model server says it used, how it ended, which
// model answered, and what its server keeps of it. JSON or server-sent events of any interface that is known, cut anywhere; nothing of the
// answer's own words is kept.
import { type AnswerFailure, ENDING_PLACES, ending, failureOf } from "./ending/ending.ts";
import { answeringModel, MODEL_PLACES } from "./kept/answering-model.ts";
import { KEPT_NAMED, KEPT_PLACES, keptKeys } from "./kept/kept-keys.ts";
import { AnswerFrames } from "./stream/answer-frames.ts";
import { placesOf } from "./stream/places.ts";
import type { Usage } from "./usage/usage.ts";
import { usageCounts } from "./usage/usage-counts.ts";
import { STEP_LISTS, USAGE_PLACES } from "./usage/usage-places.ts";

/** What an answer said. */
export interface Reading {
  readonly usage: Usage | undefined; // undefined: nothing
  readonly knowsOutput: boolean; // false: `usage` is right for the input alone; the answer had only begun
  readonly isComplete: boolean; // by its own words
  readonly failure: AnswerFailure | undefined;
  readonly model: string | undefined; // that answered
  readonly keys: readonly string[]; // of what its server alone will know again; see kept.ts
  readonly bad?: string | undefined; // the check that speaks against it; undefined: none, or none was asked
}

export interface AnswerText {
  push(piece: Uint8Array): void;
  /** Those of the answer so far. */
  readonly keys: readonly string[];
  /** No more comes. `seen`: to its end, as the server sent it; `left`: the rest was not seen. */
  finish(how: "seen" | "left"): Reading;
}

const PLACES = placesOf([...USAGE_PLACES.keys(), ...STEP_LISTS, ...ENDING_PLACES, ...MODEL_PLACES, ...KEPT_PLACES]);
/** An object of usage, not null, as all events but the last have it. */
const USAGE_NAMED = /usage(?:Metadata)?"\s*:\s*\{|_eval_count"/;
const OF_MODEL: ReadonlySet<string> = new Set(MODEL_PLACES);
const OF_ENDING: ReadonlySet<string> = new Set(ENDING_PLACES);

export function answerReader(): AnswerText {
  const counts = usageCounts();
  const end = ending();
  const kept = keptKeys();
  const answering = answeringModel();
  const frames = new AnswerFrames(PLACES, {
    found(path, kind, text) {
      if (OF_ENDING.has(path)) end.found(path, kind, text);
      else if (kind === "number") return counts.add(path, Number(text));
      if (OF_MODEL.has(path)) answering.found(text);
      else kept.found(path, kind, text);
    },
    filled(path) {
      if (OF_ENDING.has(path)) end.filled(path);
    },
    closed(path) {
      if (STEP_LISTS.has(path)) counts.stepsEnded();
    },
    rootClosed() {
      end.rootClosed(frames.shape === "json" ? "answer" : "event");
      kept.rootClosed();
    },
    eventType: end.eventType,
    mayPass: (data) => end.mayPass(data) && !USAGE_NAMED.test(data) && !KEPT_NAMED.test(data),
    done: end.done,
  });

  return {
    push: (piece) => frames.push(piece),
    keys: kept.keys,
    finish(how) {
      frames.end();
      const isComplete = end.isComplete || (frames.shape === "json" && !frames.isUnfinished && !end.isStream);
      const usage = counts.usage();
      const knowsOutput = counts.knowsOutput || isComplete;
      return { usage, knowsOutput, isComplete, failure: failureOf(end, frames, how), model: answering.model, keys: kept.keys };
    },
  };
}
