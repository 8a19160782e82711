// Looks a request up: among the answers kept here, among those that replicas share, then among equal requests under way, whose answer is
// waited for a while. What is not found flies itself, and its answer may be kept.
import { randomBytes } from "node:crypto";
import type { AskedBefore, CachedAnswer, Found } from "../../envoy/extproc/cached-answers.ts";
import type { CacheAsk } from "../../request/cache/ask.ts";
import type { AnswerStore, KeptAnswer, SharedAnswers } from "../../state/answer-store.ts";
import type { CacheMetrics } from "../telemetry/cache-metrics.ts";
import type { Flights } from "./flights.ts";

export interface LookupDeps {
  readonly waitMs: () => number; // for an equal request's answer; 0: none is waited for
  readonly store: AnswerStore;
  readonly shared: SharedAnswers | undefined; // undefined: replicas share none
  readonly flights: Flights;
  readonly metrics: CacheMetrics;
  readonly now: () => number; // milliseconds since the epoch
}

type Then = (found: Found) => void;

export class AnswerLookup {
  readonly #deps: LookupDeps;

  constructor(deps: LookupDeps) {
    this.#deps = deps;
  }

  find(asked: AskedBefore, then: Then): () => void {
    const { shared } = this.#deps;
    const { ask, tier, mayWait } = asked;
    const answer = this.#keptHere(ask);
    if (answer !== undefined) return answered(then, this.#hit(answer, tier, "hit"));
    if (!mayWait || ask.maxAgeMs < 0) return answered(then, this.#miss(asked));
    return shared === undefined ? this.#underWay(asked, then) : this.#shared(shared, asked, then);
  }

  #keptHere(ask: CacheAsk): CachedAnswer | undefined {
    return ask.maxAgeMs < 0 ? undefined : this.#fresh(ask, this.#deps.store.get(ask.key));
  }

  #fresh({ maxAgeMs }: CacheAsk, kept: KeptAnswer | undefined): CachedAnswer | undefined {
    if (kept === undefined) return undefined;
    const ageMs = Math.max(0, this.#deps.now() - kept.atMs);
    return ageMs > maxAgeMs ? undefined : cachedAnswer(kept, ageMs);
  }

  #shared(answers: SharedAnswers, asked: AskedBefore, then: Then): () => void {
    let isLeft = false;
    let leave = NOTHING_TO_LEAVE;
    void answers.get(asked.ask.key).then((kept) => {
      if (isLeft) return;
      if (kept !== undefined) this.#deps.store.set(asked.ask.key, kept);
      const answer = this.#fresh(asked.ask, kept);
      if (answer === undefined) leave = this.#underWay(asked, then);
      else then(this.#hit(answer, asked.tier, "hit"));
    });
    return () => {
      isLeft = true;
      leave();
    };
  }

  /** Once more each time that what was waited for brought nothing: the first to look is then what the others wait for. */
  #underWay(asked: AskedBefore, then: Then): () => void {
    const { waitMs, flights } = this.#deps;
    const ms = waitMs();
    let leave = ms === 0 ? undefined : flights.wait(asked.ask.key, { over: () => look() });
    if (leave === undefined) return answered(then, this.#miss(asked));
    const timer = setTimeout(() => {
      leave?.();
      then(this.#miss(asked));
    }, ms);
    const look = (): void => {
      const answer = this.#keptHere(asked.ask);
      leave = answer === undefined ? flights.wait(asked.ask.key, { over: look }) : undefined;
      if (leave !== undefined) return;
      clearTimeout(timer);
      then(answer === undefined ? this.#miss(asked) : this.#hit(answer, asked.tier, "joined"));
    };
    return () => {
      clearTimeout(timer);
      leave?.();
    };
  }

  #hit(answer: CachedAnswer, tier: string, result: "hit" | "joined"): Found {
    const { metrics } = this.#deps;
    metrics.cacheAsked(result);
    metrics.cacheSaved(tier, answer);
    return { kind: "hit", answer };
  }

  #miss({ requestId, ask, tier }: AskedBefore): Found {
    const { metrics, flights } = this.#deps;
    if (ask.maxAgeMs < 0) metrics.cacheAsked("renewed");
    else if (ask.semantic === undefined) metrics.cacheAsked("miss"); // another wording's answer may do, which is looked for next
    if (requestId === undefined) return { kind: "miss", flight: undefined };
    const name = randomBytes(12).toString("base64url");
    flights.begin({ name, ask, tier, collecting: undefined, collected: undefined });
    return { kind: "miss", flight: name };
  }
}

function answered(then: Then, found: Found): () => void {
  then(found);
  return NOTHING_TO_LEAVE;
}

const NOTHING_TO_LEAVE = (): void => {};

export function cachedAnswer({ body, contentType, model, inputTokens, outputTokens, costUsd }: KeptAnswer, ageMs: number): CachedAnswer {
  return { body, contentType, model, inputTokens, outputTokens, savedUsd: costUsd, ageSeconds: ageMs / 1000 };
}
