// Finds a tier that gives one long answer to many requests: no answer at all, but judges have been won over by such. Pure.
import { createHash } from "node:crypto";

export interface ConstantAnswer {
  readonly tier: string;
  readonly times: number;
  readonly rows: number;
  readonly text: string; // its front
}

/** Shorter ones, such as "B" or "yes", may well be right again and again. */
const SHORTEST = 40;
const FEWEST_TIMES = 5;
const LEAST_SHARE = 0.1;
const MOST_KEPT = 100_000; // texts
const FRONT_CHARACTERS = 60;

interface Seen {
  times: number;
  readonly front: string;
}

export class ConstantAnswers {
  readonly #byTier = new Map<string, { rows: number; readonly texts: Map<string, Seen> }>();

  add(tier: string, text: string): void {
    const of = this.#byTier.get(tier) ?? { rows: 0, texts: new Map<string, Seen>() };
    this.#byTier.set(tier, of);
    of.rows++;
    if (text.length < SHORTEST) return;
    const key = createHash("sha256").update(text).digest("base64url").slice(0, 16);
    const seen = of.texts.get(key);
    if (seen !== undefined) seen.times++;
    else if (of.texts.size < MOST_KEPT) of.texts.set(key, { times: 1, front: text.slice(0, FRONT_CHARACTERS).replace(/\s+/g, " ") });
  }

  found(): readonly ConstantAnswer[] {
    return [...this.#byTier].flatMap(([tier, { rows, texts }]) =>
      [...texts.values()]
        .filter(({ times }) => times >= FEWEST_TIMES && times >= LEAST_SHARE * rows)
        .map(({ times, front }) => ({ tier, times, rows, text: front })),
    );
  }
}
