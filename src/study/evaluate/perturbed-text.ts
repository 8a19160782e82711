// A prompt as the same person might have written it on another day: other spaces, other capitals, a slip of the finger. None of them asks
// for another answer, so none should ask for another tier.

export const PERTURBATIONS = ["spaces", "case", "typo"] as const;
export type Perturbation = (typeof PERTURBATIONS)[number];

/** Undefined: there is nothing in this text to change. `random`: uniform in [0, 1). */
export function perturbed(text: string, kind: Perturbation, random: () => number): string | undefined {
  const changed = change(text, kind, random);
  return changed === text ? undefined : changed;
}

function change(text: string, kind: Perturbation, random: () => number): string {
  switch (kind) {
    case "spaces":
      return respaced(text, random);
    case "case":
      return recased(text, random);
    case "typo":
      return mistyped(text, random);
  }
}

const DOUBLED = 0.25;

/** A quarter of the spaces doubled, one at least, and a line break at the end. */
function respaced(text: string, random: () => number): string {
  const spaces = text.match(/ +/g)?.length ?? 0;
  const certain = Math.floor(random() * spaces);
  let at = 0;
  const wider = text.replaceAll(/ +/g, (found) => (at++ === certain || random() < DOUBLED ? `${found} ` : found));
  return `${wider}\n`;
}

const CASES: readonly ((text: string) => string)[] = [
  (text) => text.toLowerCase(),
  (text) => text.toUpperCase(),
  (text) => text.replaceAll(/\p{L}+/gu, (word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`),
];

/** All small, all capitals, or Each Word With One: whichever of them it is not yet. */
function recased(text: string, random: () => number): string {
  const others = CASES.map((as) => as(text)).filter((other) => other !== text);
  return others[Math.floor(random() * others.length)] ?? text;
}

/** Shorter ones are mistyped less, and often into another word. */
const WORD = /\p{L}{4,}/gu;

/** One slip in one word: two letters swapped, one left out or one typed twice. */
function mistyped(text: string, random: () => number): string {
  const words = [...text.matchAll(WORD)];
  const word = words[Math.floor(random() * words.length)];
  if (word === undefined) return text;
  const slipped = slip([...word[0]], random);
  return `${text.slice(0, word.index)}${slipped}${text.slice(word.index + word[0].length)}`;
}

/** Never at the first letter: few slips are. */
function slip(letters: readonly string[], random: () => number): string {
  const at = 1 + Math.floor(random() * (letters.length - 2));
  const [letter = "", next = ""] = [letters[at], letters[at + 1]];
  const kind = Math.floor(random() * 3);
  const put = kind === 0 && letter !== next ? [next, letter] : kind === 1 ? [next] : [letter, letter, next];
  return [...letters.slice(0, at), ...put, ...letters.slice(at + 2)].join("");
}
