// Pairs of questions by which a semantic cache is measured: one a line, as JSON, with whether both ask the same.
import { SluiceError } from "../../errors.ts";

export interface QuestionPair {
  readonly one: string;
  readonly two: string;
  readonly same: boolean; // one answer serves both
  readonly kind: string; // of difference, or of paraphrase; for people
  readonly language: string;
}

const UNKNOWN = "all";

/** Empty lines count for nothing. Throws `data-invalid`, `data-empty`. */
export function parsePairs(text: string, file: string): readonly QuestionPair[] {
  const pairs = text.split("\n").flatMap((line, at) => (line.trim() === "" ? [] : [parsePair(line, `${file}:${at + 1}`)]));
  if (pairs.length === 0) throw new SluiceError("data-empty", `${file}: no pairs`);
  return pairs;
}

function parsePair(line: string, where: string): QuestionPair {
  const { one, two, same, kind = UNKNOWN, language = UNKNOWN } = objectOf(line, where);
  if (typeof one !== "string" || typeof two !== "string" || one.trim() === "" || two.trim() === "") {
    throw invalid(where, "`one` and `two` must be questions");
  }
  if (typeof same !== "boolean") throw invalid(where, "`same` must be true or false");
  return { one, two, same, kind: String(kind), language: String(language) };
}

function objectOf(line: string, where: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  } catch {
    // said below
  }
  throw invalid(where, "not a JSON object");
}

function invalid(where: string, what: string): SluiceError {
  return new SluiceError("data-invalid", `${where}: ${what}`, { hint: 'A line is such as {"one": "…", "two": "…", "same": false}.' });
}
