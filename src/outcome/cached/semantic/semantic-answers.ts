// Answers to what is asked in other words: the nearest question of the same place, if nothing in its words speaks against it, its entry
// is trusted, and what was compared so far keeps the share of wrong answers under its bound. In all other cases the model is asked, and
// what it says is compared.
import { agreementOf, type Comparable, comparable } from "../../../answer/agreement/agreement.ts";
import { AnswerReading } from "../../../answer/checks/answer-reading.ts";
import type { CacheAsk, SemanticAsk } from "../../../request/cache/ask.ts";
import { type Question, questionOf } from "../../../request/cache/veto/question.ts";
import { type Veto, vetoOf } from "../../../request/cache/veto/veto.ts";
import type { KeptAnswer } from "../../../state/answer-store.ts";
import type { EmbeddingEndpoint } from "../../embeddings/embedding-endpoint.ts";
import { type Near, SemanticEntries } from "./entries.ts";
import { EntryTrust, MOST_COMPARISONS } from "./entry-trust.ts";
import { errorBound } from "./error-bound.ts";

export interface SemanticSettings {
  readonly similarity: number; // at least
  readonly maxError: number; // share of wrong answers among those that are given
  readonly verify: number; // share of answers that would be given, which the model is asked for all the same
  readonly agreement: number; // similarity of words from which on two answers agree that have nothing else to be compared by
  readonly entries: number;
}

/**
 * What became of a request that was not answered by its own words. `none`: nothing alike; `vetoed`: by its words; `learning`: the entry is
 * not trusted yet; `unproven`: it is, but too few comparisons bound the error, or too many spoke against; `verifying`: drawn for it.
 */
export const SEMANTIC_RESULTS = ["hit", "no-vector", "none", "vetoed", "learning", "unproven", "verifying", "failed"] as const;
export type SemanticResult = (typeof SEMANTIC_RESULTS)[number];

export interface SemanticMetrics {
  semanticAsked(result: SemanticResult): void;
  semanticVetoed(veto: Veto): void;
  semanticCompared(what: "learning" | "verifying", agrees: boolean): void;
}

export interface SemanticDeps {
  readonly settings: () => SemanticSettings;
  readonly endpoint: EmbeddingEndpoint;
  readonly answerOf: (key: string, maxAgeMs: number) => KeptAnswer | undefined;
  readonly metrics: SemanticMetrics;
  readonly random: () => number; // 0 to 1
  readonly turned: (standing: SemanticStanding) => void; // on or off
}

export interface SemanticStanding {
  readonly isOn: boolean;
  readonly bound: number; // of the share of wrong answers
  readonly wrong: number;
  readonly compared: number;
  readonly entries: number;
}

export interface SimilarAnswer {
  readonly kept: KeptAnswer;
  readonly similarity: number;
}

interface NearAnswer extends Near {
  readonly kept: KeptAnswer;
}

/** What is known of a request that the model is asked for, until its answer is kept. */
interface Pending {
  readonly ask: SemanticAsk;
  readonly question: Question;
  readonly vector: Float32Array;
  readonly near: NearAnswer | undefined; // what it is compared with
  readonly isVerifying: boolean; // it would have been given
}

/** Neighbours that are looked at in turn, where the words of the nearest speak against it. */
const NEIGHBOURS = 4;
/** What was compared longer ago counts half: models and traffic change. */
const REMEMBERED = 4000;

export class SemanticAnswers {
  readonly #deps: SemanticDeps;
  readonly #entries: SemanticEntries;
  readonly #trust = new EntryTrust();
  readonly #pending = new Map<string, Pending>(); // by flight
  #wrong = 0;
  #compared = 0;
  #isOn = false;

  constructor(deps: SemanticDeps) {
    this.#deps = deps;
    this.#entries = new SemanticEntries(() => deps.settings().entries);
  }

  get standing(): SemanticStanding {
    const [wrong, compared] = [this.#wrong, this.#compared];
    return { isOn: this.#isOn, bound: errorBound(wrong, compared), wrong, compared, entries: this.#entries.count };
  }

  /** `flight`: of the request, by which its answer will be known. Never rejects, and takes no longer than the endpoint is waited for. */
  async find(asked: CacheAsk, ask: SemanticAsk, flight: string): Promise<SimilarAnswer | undefined> {
    const vector = await this.#deps.endpoint.embed(ask.question);
    if (vector === undefined) return this.#none("no-vector");
    try {
      return this.#found(asked, ask, flight, vector);
    } catch {
      return this.#none("failed"); // a bug of ours: the model is asked
    }
  }

  #found(asked: CacheAsk, ask: SemanticAsk, flight: string, vector: Float32Array): SimilarAnswer | undefined {
    const question = questionOf(ask.question);
    const near = this.#nearest(asked, ask, question, vector);
    const pending = { ask, question, vector, near: undefined, isVerifying: false };
    if (typeof near === "string") {
      this.#pending.set(flight, pending);
      return this.#none(near);
    }
    const result = this.#wordOn(near);
    if (result === "hit") {
      this.#entries.used(near.entry);
      this.#deps.metrics.semanticAsked("hit");
      return { kept: near.kept, similarity: near.similarity };
    }
    this.#pending.set(flight, { ...pending, near, isVerifying: result !== "learning" });
    return this.#none(result);
  }

  /** What came of a request that the model was asked for; undefined: nothing that is kept. */
  ended(flight: string, key: string, kept: KeptAnswer | undefined): void {
    const pending = this.#pending.get(flight);
    this.#pending.delete(flight);
    if (pending === undefined || kept === undefined) return;
    const { ask, question, vector, near } = pending;
    const agrees = near === undefined || near.entry.key === key ? undefined : this.#agrees(near.kept, kept, ask.question);
    if (near !== undefined && agrees !== undefined) this.#compare(near, agrees, pending.isVerifying);
    if (agrees !== true) this.#entries.add({ key, place: ask.place, question }, vector);
  }

  #none(result: SemanticResult): undefined {
    this.#deps.metrics.semanticAsked(result);
    return undefined;
  }

  #nearest({ maxAgeMs }: CacheAsk, { place }: SemanticAsk, question: Question, vector: Float32Array): NearAnswer | "none" | "vetoed" {
    const { settings, answerOf, metrics } = this.#deps;
    let isVetoed = false;
    for (const near of this.#entries.nearest(place, vector, settings().similarity, NEIGHBOURS)) {
      const veto = vetoOf(question, near.entry.question);
      const kept = veto === undefined ? answerOf(near.entry.key, maxAgeMs) : undefined;
      if (kept !== undefined) return { ...near, kept };
      if (veto !== undefined) metrics.semanticVetoed(veto);
      isVetoed ||= veto !== undefined;
    }
    return isVetoed ? "vetoed" : "none";
  }

  #wordOn({ entry, similarity }: Near): "hit" | "learning" | "unproven" | "verifying" {
    const { random, settings } = this.#deps;
    const { maxError, verify } = settings();
    if (random() < this.#trust.exploring(entry.comparisons, similarity, maxError)) return "learning";
    if (!this.#isOn) return "unproven";
    return random() < verify ? "verifying" : "hit";
  }

  #agrees(one: KeptAnswer, two: KeptAnswer, question: string): boolean {
    const [first, second] = [saidBy(one), saidBy(two)];
    return first !== undefined && second !== undefined && agreementOf(first, second, question, this.#deps.settings().agreement).agrees;
  }

  #compare({ entry, similarity }: Near, agrees: boolean, isVerifying: boolean): void {
    const before = entry.comparisons;
    entry.comparisons = [...before, { similarity, agrees }].slice(-MOST_COMPARISONS);
    this.#trust.learn(before, entry.comparisons);
    this.#entries.used(entry);
    this.#deps.metrics.semanticCompared(isVerifying ? "verifying" : "learning", agrees);
    if (!isVerifying) return;
    this.#compared++;
    if (!agrees) this.#wrong++;
    if (this.#compared >= REMEMBERED) [this.#compared, this.#wrong] = [this.#compared / 2, Math.ceil(this.#wrong / 2)];
    const isOn = errorBound(this.#wrong, this.#compared) <= this.#deps.settings().maxError;
    if (isOn === this.#isOn) return;
    this.#isOn = isOn;
    this.#deps.turned(this.standing);
  }
}

function saidBy({ body }: KeptAnswer): Comparable | undefined {
  const reading = new AnswerReading(undefined);
  reading.push(body);
  reading.finish("ended");
  return comparable(reading.answer);
}
