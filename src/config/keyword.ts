// Whether a string may be a keyword.

const MAX_KEYWORD_BYTES = 255; // UTF-8

/** What is wrong with a keyword, as the end of a sentence; undefined when nothing is. */
export function keywordProblem(keyword: string): string | undefined {
  if (keyword.trim() === "") return "must not be empty";
  const bytes = Buffer.byteLength(keyword.toLowerCase());
  return bytes > MAX_KEYWORD_BYTES ? `has ${bytes} UTF-8 bytes; at most ${MAX_KEYWORD_BYTES} work` : undefined;
}
