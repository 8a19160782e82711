// Where values stand that are stepped over and yet reach the model: tool calls and definitions, files and images, thinking. What they come
// to in tokens the host estimates, from its own copy of the body.
import { skipValue } from "./json";
import * as layout from "./layout";

/** Shorter ones are ids, types and the like. */
const MIN_BYTES: usize = 24;

export function skipSpan(p: usize, depth: i32): usize {
  const end = skipValue(p, depth);
  noteSpan(p, end);
  return end;
}

/** A value that has been stepped over; `end` 0: it is no value. */
export function noteSpan(start: usize, end: usize): void {
  if (end <= start + MIN_BYTES) return;
  const count = load<i32>(layout.RESULT + layout.SPANS);
  if (count == layout.MAX_SPANS) {
    const more = layout.RESULT + layout.SPANS_MORE;
    store<i32>(more, load<i32>(more) + ((end - start) as i32));
    return;
  }
  const span = layout.SPAN_TABLE + (count as usize) * layout.SPAN_BYTES;
  store<u32>(span, start as u32);
  store<u32>(span, end as u32, 4);
  store<i32>(layout.RESULT + layout.SPANS, count + 1);
}

export function noteImagePart(): void {
  const images = layout.RESULT + layout.IMAGE_PARTS;
  store<i32>(images, load<i32>(images) + 1);
}
