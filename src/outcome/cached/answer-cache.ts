// Answers kept for who asks the same again: each answer to a request that missed is collected as it passes, and kept once Envoy's access
// log says that the tier decided gave it.
import type { CachedAnswers } from "../../envoy/extproc/cached-answers.ts";
import type { AnswerReader } from "../../envoy/extproc/followed-answers.ts";
import type { AnswerStore, KeptAnswer, OfferedAnswer, SharedAnswers } from "../../state/answer-store.ts";
import type { Outcome } from "../join/outcome.ts";
import type { CacheMetrics } from "../telemetry/cache-metrics.ts";
import { type Collected, CollectingAnswer, collectingBudget, judged, type NotKept, type Storable } from "./collected-answer.ts";
import { type Flight, flightsUnderWay } from "./flights.ts";
import { AnswerLookup } from "./lookup.ts";
import type { SemanticAnswers } from "./semantic/semantic-answers.ts";
import { SemanticLookup } from "./semantic/semantic-lookup.ts";

export interface AnswerCacheSettings {
  readonly answerBytes: number;
  readonly waitMs: number;
}

export interface AnswerCacheDeps {
  readonly settings: () => AnswerCacheSettings | undefined; // of the configuration in force; undefined: off
  readonly store: AnswerStore;
  readonly shared: SharedAnswers | undefined;
  readonly semantic?: () => SemanticAnswers | undefined; // undefined: only equal questions share an answer
  readonly metrics: CacheMetrics;
  readonly now: () => number; // milliseconds since the epoch
  readonly random: () => number; // 0 to 1
}

export interface AnswerCache extends CachedAnswers {
  /** The reader of an answer, with what collects it where it may be kept. */
  reading(reader: AnswerReader, flight: () => string | undefined): AnswerReader;
  /** Behind the end of the reading, where there is one. */
  outcome(outcome: Outcome): void;
}

/** Of all answers that are being collected. */
const COLLECTING_BYTES = 64 << 20;
/** An answer lives so much shorter at most, drawn for each: those kept together are not asked for anew together. */
const JITTER = 0.2;

export function answerCache({ settings, store, shared, semantic = () => undefined, metrics, now, random }: AnswerCacheDeps): AnswerCache {
  const flights = flightsUnderWay();
  const budget = collectingBudget(COLLECTING_BYTES);
  const waitMs = () => settings()?.waitMs ?? 0;
  const lookup = new AnswerLookup({ waitMs, store, shared, flights, metrics, now });
  const similar = new SemanticLookup({ lookup, semantic, flights, metrics, now });

  const keep = ({ ask }: Flight, answer: Storable, { cost }: Outcome): KeptAnswer => {
    const atMs = now();
    const { inputTokens = 0, outputTokens = 0, costUsd } = cost ?? {};
    const kept = { ...answer, inputTokens, outputTokens, costUsd, atMs, untilMs: atMs + ask.ttlMs * (1 - JITTER * random()) };
    store.set(ask.key, kept);
    shared?.set(ask.key, kept);
    return kept;
  };
  const settle = (flight: Flight, outcome: Outcome, collected: Collected | NotKept): void => {
    const answer = typeof collected === "string" ? collected : judged(collected, flight.ask);
    const kept = typeof answer === "string" ? undefined : keep(flight, answer, outcome);
    if (flight.ask.semantic !== undefined) semantic()?.ended(flight.name, flight.ask.key, kept);
    metrics.cacheAnswered(typeof answer === "string" ? answer : "stored");
    flights.end(flight);
  };
  return {
    find: (asked, then) => (asked.ask.semantic === undefined ? lookup.find(asked, then) : similar.find(asked, asked.ask.semantic, then)),
    notAsked: metrics.cacheAsked,
    reading(reader, flightName) {
      const { answerBytes } = settings() ?? {};
      const name = answerBytes === undefined ? undefined : flightName();
      if (name === undefined || answerBytes === undefined) return reader;
      const flight = flights.named(name);
      if (flight === undefined ? shared === undefined : flight.collecting !== undefined) return reader;
      const collecting = new CollectingAnswer(answerBytes, budget);
      if (flight === undefined)
        return collectingReader(reader, collecting, { begins() {}, ended: (answer) => shared?.offer(name, answer) });
      flight.collecting = collecting;
      const ended = (answer: Collected) => {
        flight.collected = answer;
      };
      return collectingReader(reader, collecting, { begins: () => flights.gives(flight), ended });
    },
    outcome(outcome) {
      const name = outcome.decided?.measured?.flight;
      const flight = name === undefined ? undefined : flights.named(name);
      if (flight === undefined) return;
      const why = notKept(flight, outcome);
      if (why !== undefined || flight.collecting !== undefined || shared === undefined) {
        return settle(flight, outcome, why ?? flight.collected ?? flight.collecting?.refused ?? "unseen");
      }
      void taken(shared, flight).then((offered) => settle(flight, outcome, offered ?? "unseen"));
    },
  };
}

/** Envoy may tell of the answer's end before whoever saw it has offered it. */
const OFFERED_WITHIN_MS = 500;

async function taken(shared: SharedAnswers, { name }: Flight): Promise<OfferedAnswer | undefined> {
  const offered = await shared.take(name);
  if (offered !== undefined) return offered;
  await new Promise((resolve) => setTimeout(resolve, OFFERED_WITHIN_MS).unref());
  return shared.take(name);
}

interface Collecting {
  begins(): void;
  ended(collected: Collected): void;
}

function collectingReader(reader: AnswerReader, collecting: CollectingAnswer, told: Collecting): AnswerReader {
  let hasBegun = false;
  return {
    headers: (headers) => collecting.headers(headers),
    piece(bytes) {
      collecting.piece(bytes);
      if (!hasBegun) told.begins();
      hasBegun = true;
      reader.piece(bytes);
    },
    ended() {
      const collected = collecting.ended();
      if (typeof collected === "string") collecting.refuse(collected);
      else told.ended(collected);
      reader.ended();
    },
    cutOff() {
      collecting.refuse("cut-off");
      reader.cutOff();
    },
  };
}

/** Why its answer is not kept whatever it is. */
function notKept({ tier }: Flight, { kind, served, failure }: Outcome): NotKept | undefined {
  if (kind !== "joined" || served === undefined) return "unknown";
  if (served.status !== 200) return "status";
  if (served.tier !== tier || served.fellBack) return "other-tier";
  if (failure !== undefined) return failure === "error" ? "error" : "incomplete";
  return undefined;
}
