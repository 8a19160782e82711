// All that a judging goes by, and what it knows of a row: the case, its pairs, the journal's entry.
import type { LoopRow } from "../../loop/loop-row.ts";
import type { PlacedRow } from "../../loop/read-loop.ts";
import type { GraderOf } from "../graders/grade.ts";
import type { Canary } from "./canaries.ts";
import { type Case, caseOf } from "./case.ts";
import { type Entry, type Journal, keyOf } from "./journal.ts";
import type { Judge, Pair } from "./judge-pair.ts";
import { type Rubrics, rubricOf } from "./rubrics.ts";

export interface CourtSettings {
  readonly tiers: readonly string[]; // cheap first
  readonly model: string; // the judge's
  readonly judge: Judge;
  readonly rubrics: Rubrics;
  readonly otherwise: string; // the task of a row that names none
  readonly graderOf: GraderOf;
  readonly journal: Journal;
  readonly random: () => number;
}

export class Court {
  readonly #settings: CourtSettings;

  constructor(settings: CourtSettings) {
    this.#settings = settings;
  }

  get judge(): Judge {
    return this.#settings.judge;
  }

  get journal(): Journal {
    return this.#settings.journal;
  }

  get random(): () => number {
    return this.#settings.random;
  }

  get tiers(): readonly string[] {
    return this.#settings.tiers;
  }

  get model(): string {
    return this.#settings.model;
  }

  caseOf({ row, place }: PlacedRow): Case {
    return caseOf(row, place, this.#settings.tiers, this.#settings.graderOf);
  }

  /** In the order of the challengers. */
  pairsOf(placed: PlacedRow): readonly Pair[] {
    const found = this.caseOf(placed);
    if (found.kind !== "judged") return [];
    return found.challengers.map(({ text }) => this.#pair(placed.row, text, found.base.text));
  }

  canaryPair({ row, real, fake }: Canary): Pair {
    return this.#pair(row, fake, real);
  }

  known({ row }: PlacedRow, found: Case): Entry | undefined {
    return this.journal.entry(row.id, this.keyOf(row, found));
  }

  knownCanary(canary: Canary): Entry | undefined {
    return this.journal.entry(canary.id, this.canaryKey(canary));
  }

  keyOf(row: LoopRow, found: Case): string {
    switch (found.kind) {
      case "graded":
        return keyOf([found.grading.names, row.reference, found.answers]);
      case "judged":
        return this.#judgedKey(row, [found.challengers, found.base]);
      case "lacking":
        return "";
      default:
        return found satisfies never;
    }
  }

  canaryKey({ row, real, fake }: Canary): string {
    return this.#judgedKey(row, [real, fake]);
  }

  #judgedKey(row: LoopRow, answers: unknown): string {
    const { model, judge } = this.#settings;
    return keyOf([model, judge.prompt, this.#rubric(row), row.request, answers]);
  }

  #pair(row: LoopRow, challenger: string, base: string): Pair {
    return { request: row.request, rubric: this.#rubric(row), challenger, base };
  }

  #rubric(row: LoopRow): string {
    return rubricOf(row, this.#settings.rubrics, this.#settings.otherwise);
  }
}
