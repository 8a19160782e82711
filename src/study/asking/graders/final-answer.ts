// What an answer comes to, behind its reasoning: what is marked as the answer, else a short text whole, else its last line. Pure.

/** `\boxed{…}` of mathematics, `#### 42` of GSM8K, "the answer is …", "Answer: …"; the last one counts. */
const MARKED =
  /\\boxed\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}|^#{4}\s*(.+)$|\b(?:final\s+)?answer(?:\s+is)?\s*[:：]?\s*(?:is\s+)?\**\s*(\S.*)$/gim;
const SHORT_CHARACTERS = 80;

export function finalAnswer(text: string): string {
  const marked = [...text.matchAll(MARKED)].at(-1);
  const found = marked?.[1] ?? marked?.[2] ?? marked?.[3];
  if (found !== undefined) return found.trim();
  const whole = text.trim();
  return whole.length <= SHORT_CHARACTERS ? whole : (whole.split("\n").at(-1) ?? "").trim();
}
