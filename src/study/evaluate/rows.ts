// The rows of a data set as they are read: 27 bytes a row and 5 more for each policy, so that millions fit beside everything else.
import { SCRIPTS, type Script } from "../../request/chat/facts.ts";
import type { Truth } from "../dataset/example.ts";
import { Column, float32, float64, uint8, uint16, uint32 } from "./column.ts";
import { GroupNames } from "./group-names.ts";
import type { PolicyColumns, Sample } from "./sample.ts";

/** What all rows of a data set say alike. */
export type TruthKind = "labels" | "scores";

export interface Row {
  readonly quality: RowQuality;
  readonly chars: number; // code points of the whole conversation
  readonly textBytes: number; // the same in UTF-8
  readonly group: string | undefined;
  readonly weight?: number | undefined; // of all rows or of none
  readonly script: Script;
  readonly choices: readonly Choice[]; // one for each policy
}

export interface RowQuality {
  readonly weak: number; // of the weak tier's answer
  readonly gain: number; // what strong adds to it
}

export interface Choice {
  readonly tier: number; // index; 0: weak
  readonly score: number | undefined;
}

/** For labels the weak tier's answer is as good as strong's or worth nothing: a gain is then a row that needs strong. */
export function qualityOf(truth: Truth): RowQuality {
  if (truth.kind === "scores") return { weak: truth.weak, gain: truth.strong - truth.weak };
  return truth.needed === "strong" ? { weak: 0, gain: 1 } : { weak: 1, gain: 0 };
}

interface ChoiceColumns {
  readonly scores: Column<Float32Array>; // NaN: none
  readonly tiers: Column<Uint8Array>;
}

export class Rows {
  readonly groups = new GroupNames();
  readonly #weak = new Column(float64);
  readonly #gains = new Column(float64);
  readonly #chars = new Column(uint32);
  readonly #textBytes = new Column(uint32);
  readonly #groupIds = new Column(uint16);
  readonly #weights = new Column(float64); // empty where rows have none
  readonly #scripts = new Column(uint8); // index in SCRIPTS
  readonly #choices: readonly ChoiceColumns[];

  constructor(policies: number) {
    this.#choices = Array.from({ length: policies }, () => ({ scores: new Column(float32), tiers: new Column(uint8) }));
  }

  get count(): number {
    return this.#gains.length;
  }

  add({ quality, chars, textBytes, group, weight, script, choices }: Row): void {
    this.#weak.push(quality.weak);
    this.#gains.push(quality.gain);
    this.#chars.push(chars);
    this.#textBytes.push(textBytes);
    this.#groupIds.push(this.groups.idOf(group));
    if (weight !== undefined) this.#weights.push(weight);
    this.#scripts.push(SCRIPTS.indexOf(script));
    for (let at = 0; at < this.#choices.length; at++) {
      const choice = choices[at];
      this.#choices[at]?.scores.push(choice?.score ?? Number.NaN);
      this.#choices[at]?.tiers.push(choice?.tier ?? 0);
    }
  }

  /** `graded`: by policy, whether its scores order the rows; of the others the tiers do. */
  sample(graded: readonly boolean[]): Sample {
    return {
      rows: this.count,
      weak: this.#weak.values(),
      gains: this.#gains.values(),
      chars: this.#chars.values(),
      weights: this.weights(),
      policies: this.#choices.map(({ scores, tiers }, at): PolicyColumns => {
        const chosen = tiers.values();
        return { tiers: chosen, scores: graded[at] ? scores.values() : chosen };
      }),
    };
  }

  /** Undefined: every row stands for itself. */
  weights(): Float64Array | undefined {
    return this.#weights.length === 0 ? undefined : this.#weights.values();
  }

  textBytes(): Uint32Array {
    return this.#textBytes.values();
  }

  groupIds(): Uint16Array {
    return this.#groupIds.values();
  }

  scripts(): Uint8Array {
    return this.#scripts.values();
  }
}
