// How often a policy changes its mind when a prompt is written a little differently: counted by policy and by kind of change, with each row
// changed once in every way. What it changes is drawn from the seed and the row, so that a run can be repeated.
import type { Example } from "../dataset/example.ts";
import { withPrompt } from "./perturbed-body.ts";
import { PERTURBATIONS, type Perturbation, perturbed } from "./perturbed-text.ts";
import { randomSource } from "./random-source.ts";
import type { Flips } from "./result.ts";
import { shareOf } from "./wilson.ts";

/** By policy, the tier it decides for; undefined: the request cannot be read. */
export type Decisions = readonly number[] | undefined;

export class Robustness {
  readonly #seed: number;
  readonly #counts: readonly Readonly<Record<Perturbation, Counts>>[];
  #rows = 0;

  constructor(policies: number, seed: number) {
    this.#seed = seed;
    this.#counts = Array.from({ length: policies }, () => ({ spaces: new Counts(), case: new Counts(), typo: new Counts() }));
  }

  /** `before`: what each policy decided for the example as it is. `decide` is asked about the example with another body. */
  add(example: Example, before: readonly number[], decide: (changed: Example) => Decisions): void {
    const random = randomSource(this.#seed + this.#rows++);
    for (const kind of PERTURBATIONS) {
      const body = withPrompt(example.body, (text) => perturbed(text, kind, random));
      const after = body === undefined ? undefined : decide({ ...example, body });
      if (after === undefined) continue;
      for (let at = 0; at < this.#counts.length; at++) this.#counts[at]?.[kind].add(before[at] ?? 0, after[at] ?? 0);
    }
  }

  /** Of one policy. */
  flips(policy: number): readonly Flips[] {
    return PERTURBATIONS.map((kind) => {
      const { rows, toStrong, toWeak } = this.#counts[policy]?.[kind] ?? new Counts();
      return { kind, rows, share: shareOf(toStrong + toWeak, rows), toStrong, toWeak };
    });
  }
}

class Counts {
  rows = 0;
  toStrong = 0; // to a stronger tier than before
  toWeak = 0;

  add(before: number, after: number): void {
    this.rows++;
    if (after > before) this.toStrong++;
    if (after < before) this.toWeak++;
  }
}
