// Whether an answer may be given again to who asks the same: it is whole, ended of its own accord, and acts on nothing.
import type { Format } from "../../request/chat/facts.ts";
import { AnswerFrames } from "../stream/answer-frames.ts";
import type { JsonKind } from "../stream/json-reader.ts";
import { placesOf } from "../stream/places.ts";

/**
 * Why an answer is not given again. `shape`: not what was asked for, a stream or JSON; `incomplete`: its end is missing; `error`: one
 * stands in it; `ending`: it ended at a limit, by a filter or with a refusal; `tools`: it calls some.
 */
export const UNSTORABLE = ["shape", "incomplete", "error", "ending", "tools"] as const;
export type Unstorable = (typeof UNSTORABLE)[number];

export interface Asked {
  readonly format: Format;
  readonly stream: boolean;
}

const FINISHES = [
  "choices[].finish_reason",
  "stop_reason",
  "delta.stop_reason",
  "message.stop_reason",
  "status",
  "response.status",
] as const;
const OF_FINISH: ReadonlySet<string> = new Set(FINISHES);
/** Of the servers' own accord. A stream of the Responses interface is in progress until it says that it is completed. */
const GOOD_FINISHES: ReadonlySet<string> = new Set(["stop", "end_turn", "stop_sequence", "completed"]);
const UNDER_WAY: ReadonlySet<string> = new Set(["in_progress", "queued"]);

const CALLS = ["tool_calls", "function_call"].flatMap((name) => [`choices[].message.${name}`, `choices[].delta.${name}`]);
const OF_CALLS: ReadonlySet<string> = new Set(CALLS);
const REFUSALS: ReadonlySet<string> = new Set(["choices[].message.refusal", "choices[].delta.refusal"]);
/** Types of what an answer consists of: all but these act, or wait for somebody who does. */
const PARTS: ReadonlySet<string> = new Set([
  "content[].type",
  "content_block.type",
  "output[].type",
  "response.output[].type",
  "item.type",
]);
const PLAIN_PARTS: ReadonlySet<string> = new Set(["text", "thinking", "redacted_thinking", "message", "reasoning"]);
const PLACES = placesOf([...FINISHES, ...CALLS, ...REFUSALS, ...PARTS, "type", "error", "response.error"]);

/** The type of the last event, where streams have types. */
const LAST_EVENTS: Readonly<Partial<Record<Format, string>>> = { messages: "message_stop", responses: "response.completed" };

const TEXT = new TextDecoder("utf-8", { fatal: true });

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(TEXT.decode(bytes));
    return true;
  } catch {
    return false;
  }
}

/** Of all its bytes, about 1 ms for 256 KB of events. Undefined: it may. */
export function unstorable(bytes: Uint8Array, { format, stream }: Asked): Unstorable | undefined {
  const seen = { ended: false, finishes: 0, badFinish: false, calls: false, error: false };
  const lastEvent = LAST_EVENTS[format];
  const found = (path: string, kind: JsonKind, text: string): void => {
    if (kind === "null") return;
    if (path === "type") {
      if (text === lastEvent) seen.ended = true;
      if (text === "error" || text === "response.failed") seen.error = true;
    } else if (path === "error" || path === "response.error") seen.error = true;
    else if (OF_FINISH.has(path)) finished(text);
    else if (PARTS.has(path)) seen.calls ||= !PLAIN_PARTS.has(text);
    else if (OF_CALLS.has(path)) seen.calls ||= kind !== "array";
    else if (REFUSALS.has(path)) seen.badFinish ||= text !== "";
  };
  const finished = (text: string): void => {
    if (UNDER_WAY.has(text)) return;
    seen.finishes++;
    if (!GOOD_FINISHES.has(text)) seen.badFinish = true;
  };
  const frames = new AnswerFrames(PLACES, {
    found,
    filled(path) {
      if (OF_CALLS.has(path)) seen.calls = true;
    },
    closed() {},
    rootClosed() {},
    eventType(name) {
      if (name === "error") seen.error = true;
    },
    mayPass: () => false,
    done() {
      if (lastEvent === undefined) seen.ended = true;
    },
  });
  frames.push(bytes);
  frames.end();
  if (frames.shape !== (stream ? "events" : "json")) return "shape";
  if (seen.error) return "error";
  if (stream ? !seen.ended : !isJson(bytes)) return "incomplete";
  if (seen.calls) return "tools";
  return seen.finishes === 0 || seen.badFinish ? "ending" : undefined;
}
