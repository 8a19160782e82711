// Exact match: what an answer comes to is one of the right ones, whatever their case, blanks, and marks at the ends. Pure.
import { finalAnswer } from "./final-answer.ts";

export function gradeExact(text: string, right: readonly string[]): boolean {
  const candidates = [finalAnswer(text), text].map(plain);
  return right.map(plain).some((each) => candidates.includes(each));
}

const AT_ENDS = /^[\s"'“”‘’«»`*_$()[\].,;:!?。，！？]+|[\s"'“”‘’«»`*_$()[\].,;:!?。，！？]+$/g;

function plain(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").replace(AT_ENDS, "");
}
