// What is answered in other words, and what the model is asked for instead. The stand-in for embeddings calls everything alike.
import { describe, expect, test } from "vitest";
import { SemanticAnswers, type SemanticStanding } from "../../../../src/outcome/cached/semantic/semantic-answers.ts";
import type { CacheAsk } from "../../../../src/request/cache/ask.ts";
import type { KeptAnswer } from "../../../../src/state/answer-store.ts";

const QUESTION = "What is the capital of France?";
const SETTINGS = { similarity: 0.97, maxError: 0.01, verify: 0, agreement: 0.9, entries: 100 };

const keptOf = (content: string): KeptAnswer => ({
  body: Buffer.from(JSON.stringify({ choices: [{ message: { content }, finish_reason: "stop" }] })),
  contentType: "application/json",
  model: "m",
  inputTokens: 1,
  outputTokens: 1,
  costUsd: 0,
  atMs: 0,
  untilMs: 1e15,
});

function setup(more: Partial<typeof SETTINGS> = {}, random = () => 0.999) {
  const results: string[] = [];
  const turned: SemanticStanding[] = [];
  const store = new Map<string, KeptAnswer>();
  const settings = { ...SETTINGS, ...more };
  const way = { vector: new Float32Array([1, 0]) as Float32Array | undefined };
  const answers = new SemanticAnswers({
    settings: () => settings,
    endpoint: { embed: () => Promise.resolve(way.vector) },
    answerOf: (key) => store.get(key),
    metrics: {
      semanticAsked: (result) => results.push(result),
      semanticVetoed: (veto) => results.push(`not by ${veto}`),
      semanticCompared: (what, agrees) => results.push(`${what} ${agrees ? "agrees" : "differs"}`),
    },
    random,
    turned: (standing) => turned.push(standing),
  });
  let flights = 0;
  /** Asks, and where nothing is given the model says `said`. */
  const ask = async (question: string, said: string | undefined, place = "here") => {
    const flight = `f${++flights}`;
    const semantic = { place, question };
    const asked: CacheAsk = {
      kind: "ask",
      key: `${place} ${question}`,
      ttlMs: 1,
      maxAgeMs: 1e15,
      format: "messages",
      stream: false,
      semantic,
    };
    const similar = await answers.find(asked, semantic, flight);
    if (similar !== undefined) return similar;
    const kept = said === undefined ? undefined : keptOf(said);
    if (kept !== undefined) store.set(asked.key, kept);
    answers.ended(flight, asked.key, kept);
    return undefined;
  };
  /** Other words each time, and the same question. */
  const reworded = (at: number) => `${QUESTION}${"?".repeat(1 + at)}`;
  return { ask, answers, results, turned, store, reworded, way };
}

/** Until it serves, or so many were asked. */
async function taught(kit: ReturnType<typeof setup>, count = 600, said: (at: number) => string = () => "Paris") {
  await kit.ask(QUESTION, "Paris");
  for (let at = 0; at < count && kit.turned.length === 0; at++) await kit.ask(kit.reworded(at), said(at));
  return kit;
}

describe("what is asked in other words", () => {
  test("is answered once comparisons bound the share of wrong answers, and not before", async () => {
    const kit = await taught(setup());
    expect(kit.turned).toMatchObject([{ isOn: true, wrong: 0 }]);
    expect(kit.turned[0]?.compared).toBeGreaterThanOrEqual(300);
    expect(kit.turned[0]?.bound).toBeLessThanOrEqual(0.01);
    expect(kit.results.filter((result) => result === "hit")).toEqual([]);
    expect(kit.results.slice(0, 13)).toEqual(["none", ...Array(6).fill(["learning", "learning agrees"]).flat()]);
    const similar = await kit.ask("what's France's capital", "Paris");
    expect(similar).toMatchObject({ similarity: 1, kept: { model: "m" } });
  });

  test("stays unanswered where one in fifty differs, however many are compared", async () => {
    const kit = await taught(setup(), 900, (at) => (at % 50 === 49 ? "Lyon" : "Paris"));
    expect(kit.turned).toEqual([]);
    expect(kit.answers.standing.isOn).toBe(false);
    expect(kit.results.filter((result) => result === "hit")).toEqual([]);
  });

  test("is no longer answered once what is verified differs too often", async () => {
    const kit = await taught(setup({ verify: 1 }));
    expect(kit.answers.standing.isOn).toBe(true);
    for (let at = 0; at < 40 && kit.turned.length === 1; at++) await kit.ask(`${QUESTION} ${".".repeat(at + 1)}`, `Lyon ${at}`);
    expect(kit.turned[1]).toMatchObject({ isOn: false });
    expect(await kit.ask(`${QUESTION}!`, "Paris")).toBeUndefined();
  });

  test("is kept apart by its words, however alike embeddings call it", async () => {
    const kit = await taught(setup());
    for (const other of ["What is the capital of Spain?", "What was the capital of France?", "What is not the capital of France?"]) {
      expect(await kit.ask(other, "Madrid")).toBeUndefined();
    }
    expect(kit.results.filter((result) => result.startsWith("not by")).length).toBeGreaterThanOrEqual(3);
  });

  test("is not answered from another place, whatever it is", async () => {
    const kit = await taught(setup());
    expect(await kit.ask("what's France's capital", "Paris", "elsewhere")).toBeUndefined();
    expect(kit.results.at(-1)).toBe("none");
  });

  test("is not answered without a vector, nor by an answer that is gone", async () => {
    const kit = await taught(setup());
    kit.store.clear();
    expect(await kit.ask("what's France's capital", undefined)).toBeUndefined();
    kit.way.vector = undefined;
    expect(await kit.ask("what is France's capital", undefined)).toBeUndefined();
    expect(kit.results.slice(-2)).toEqual(["none", "no-vector"]);
  });

  test("is asked of the model for a share of the answers that would be given", async () => {
    const kit = await taught(setup({ verify: 1 }));
    expect(await kit.ask("what's France's capital", "Paris")).toBeUndefined();
    expect(kit.results.slice(-2)).toEqual(["verifying", "verifying agrees"]);
  });
});
