// The number that an answer names as its result.

export interface NamedNumber {
  readonly value: number;
  readonly unit: string; // the word behind, as far as it can be one; "" where there is none
}

const NUMBER = String.raw`(?<number>-?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?)(?:\/(?<below>\d+))?\s*(?<unit>%|°?\p{L}*)`;
const IN_ENGLISH = String.raw`\b(?:answer|result|total)\b(?:\s\w+){0,4}?\s*(?:is|are|=|:|equals)`;
const ELSE = String.raw`####|\\boxed\{|答案(?:是|为|為|:|:)|(?:정답|답)은?`;
const NAMED = new RegExp(String.raw`(?:${IN_ENGLISH}|${ELSE})[\s*$€£¥₩\\(:]*${NUMBER}`, "giu");
const ALONE = new RegExp(String.raw`^[\s*$€£¥₩\\(]*${NUMBER}[\s*.)]*$`, "u");

/** The last that it calls its answer, or the only one there is. Undefined: it names none. */
export function numberNamedIn(text: string): NamedNumber | undefined {
  const found = ALONE.exec(text) ?? [...text.matchAll(NAMED)].at(-1);
  const { number, below, unit = "" } = found?.groups ?? {};
  if (number === undefined) return undefined;
  const value = Number(number.replaceAll(",", "")) / Number(below ?? 1);
  return Number.isFinite(value) ? { value, unit: unit.toLowerCase().replace(/s$/, "") } : undefined;
}

/** Where one names no unit it is taken to be the other's. */
export function isSameNumber(one: NamedNumber, two: NamedNumber): boolean {
  const isSameUnit = one.unit === two.unit || one.unit === "" || two.unit === "";
  return isSameUnit && one.value === two.value;
}
