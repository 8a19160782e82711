// The right number: the last one of what an answer comes to, within a tolerance; 1,234.5, 3/4, 20 % and 6.02e23 are read. Pure.
import { finalAnswer } from "./final-answer.ts";

/** For what is rounded on its way through text, and no more. */
const RELATIVE_TOLERANCE = 1e-6;

/** `tolerance`: absolute, beside the relative one. */
export function gradeNumber(text: string, right: number, tolerance = 0): boolean {
  const found = lastNumber(finalAnswer(text)) ?? lastNumber(text);
  if (found === undefined) return false;
  const most = Math.max(tolerance, RELATIVE_TOLERANCE * Math.abs(right));
  return found.readings.some((value) => Math.abs(value - right) <= most);
}

interface Read {
  readonly readings: readonly number[];
}

const NUMBER = String.raw`[-−+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:e[-+]?\d+)?`;
const NUMBERS = new RegExp(`(?<![\\w.])(${NUMBER})(?:\\s*/\\s*(\\d+(?:\\.\\d+)?))?(\\s*%)?`, "gi");

/** Per cent may be meant as they stand, or as a share. */
function lastNumber(text: string): Read | undefined {
  const found = [...text.matchAll(NUMBERS)].filter(([, digits]) => digits !== undefined && /\d/.test(digits)).at(-1);
  if (found === undefined) return undefined;
  const value = numberOf(found[1]) / (found[2] === undefined ? 1 : Number(found[2]));
  return { readings: found[3] === undefined ? [value] : [value, value / 100] };
}

function numberOf(text = ""): number {
  return Number(text.replaceAll(",", "").replace("−", "-"));
}

/** Undefined: no number. */
export function readNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" ? lastNumber(value)?.readings[0] : undefined;
}
