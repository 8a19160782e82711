// Looks up who may be answered in other words: by the same words first, and where nothing is kept, by likeness. Meanwhile the request is
// under way for those who ask the same.
import type { AskedBefore, Found } from "../../../envoy/extproc/cached-answers.ts";
import type { SemanticAsk } from "../../../request/cache/ask.ts";
import type { CacheMetrics } from "../../telemetry/cache-metrics.ts";
import type { Flights } from "../flights.ts";
import { type AnswerLookup, cachedAnswer } from "../lookup.ts";
import type { SemanticAnswers } from "./semantic-answers.ts";

export interface SemanticLookupDeps {
  readonly lookup: AnswerLookup;
  readonly semantic: () => SemanticAnswers | undefined;
  readonly flights: Flights;
  readonly metrics: CacheMetrics;
  readonly now: () => number; // milliseconds since the epoch
}

type Then = (found: Found) => void;

export class SemanticLookup {
  readonly #deps: SemanticLookupDeps;

  constructor(deps: SemanticLookupDeps) {
    this.#deps = deps;
  }

  find(asked: AskedBefore, ask: SemanticAsk, then: Then): () => void {
    let isLeft = false;
    let leave = (): void => {};
    const leaveLookup = this.#deps.lookup.find(asked, (found) => {
      if (found.kind === "hit" || asked.ask.maxAgeMs < 0) return then(found);
      const { flight } = found;
      const answers = flight === undefined || !asked.mayWait ? undefined : this.#deps.semantic();
      if (flight === undefined || answers === undefined) return this.#missed(found, then);
      leave = () => this.#over(flight);
      void answers.find(asked.ask, ask, flight).then((similar) => {
        if (isLeft) return answers.ended(flight, asked.ask.key, undefined);
        if (similar === undefined) return this.#missed(found, then);
        this.#over(flight);
        const { kept, similarity } = similar;
        const answer = { ...cachedAnswer(kept, Math.max(0, this.#deps.now() - kept.atMs)), similarity };
        this.#deps.metrics.cacheAsked("semantic");
        this.#deps.metrics.cacheSaved(asked.tier, answer);
        then({ kind: "hit", answer });
      });
    });
    return () => {
      isLeft = true;
      leaveLookup();
      leave();
    };
  }

  #missed(found: Found, then: Then): void {
    this.#deps.metrics.cacheAsked("miss");
    then(found);
  }

  /** Nothing comes of it: who waits for it looks again. */
  #over(name: string): void {
    const flight = this.#deps.flights.named(name);
    if (flight !== undefined) this.#deps.flights.end(flight);
  }
}
