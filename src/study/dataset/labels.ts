// Which values of a label mean which tier: `weak` and `strong`, and what `--labels weak=easy,0 strong=hard,1` adds. The models of an
// arena are given to tiers the same way.
import { SluiceError } from "../../errors.ts";

export type Needed = "weak" | "strong";
export type TierWords = ReadonlyMap<string, Needed>; // in lower case

export const OWN_LABELS: TierWords = new Map([
  ["weak", "weak"],
  ["strong", "strong"],
]);

/** `weak=easy,0`, then `strong=hard,1`; in one word too. Throws `tiers-invalid`. */
export function parseTierWords(option: "--labels" | "--models", texts: readonly string[]): TierWords {
  const words = new Map<string, Needed>();
  let tier: Needed | undefined;
  for (const part of texts.flatMap((text) => text.split(","))) {
    const [, name, rest] = /^\s*(weak|strong)\s*=(.*)$/is.exec(part) ?? [];
    if (name !== undefined) tier = name.toLowerCase() === "weak" ? "weak" : "strong";
    const word = (rest ?? part).trim().toLowerCase();
    if (tier === undefined) throw invalid(option, `"${part}": expected weak= or strong= before it`);
    if (word === "") throw invalid(option, `a value of ${tier} is empty`);
    const before = words.get(word);
    if (before !== undefined && before !== tier) throw invalid(option, `"${word}" is given to both tiers`);
    words.set(word, tier);
  }
  for (const needed of ["weak", "strong"] as const)
    if (![...words.values()].includes(needed)) throw invalid(option, `no value is given to ${needed}`);
  return option === "--models" ? words : new Map([...OWN_LABELS, ...words]);
}

/** Numbers and truth values as they are written; undefined: no word of a tier. */
export function tierOf(words: TierWords, value: unknown): Needed | undefined {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return undefined;
  return words.get(String(value).trim().toLowerCase());
}

function invalid(option: string, message: string): SluiceError {
  const hint =
    option === "--labels"
      ? "Write --labels weak=easy,0 strong=hard,1: the values of the label column that mean each tier."
      : "Write --models weak=NAME,NAME strong=NAME: the models of the arena that stand for each tier.";
  return new SluiceError("tiers-invalid", `${option}: ${message}`, { hint });
}
