// Misroute signals: which outcomes and ratings give one, which look alike and do not, and that what is remembered is bounded.
import { describe, expect, test } from "vitest";
import type { Cost } from "../../../src/outcome/join/cost.ts";
import type { Outcome } from "../../../src/outcome/join/outcome.ts";
import type { Served } from "../../../src/outcome/join/served.ts";
import { readFeedback } from "../../../src/outcome/signals/feedback.ts";
import type { MisrouteSignal } from "../../../src/outcome/signals/misroute.ts";
import { recentDecisions } from "../../../src/outcome/signals/recent-decisions.ts";
import { MAX_USERS } from "../../../src/outcome/signals/repeats.ts";
import { createSignals } from "../../../src/outcome/signals/signals.ts";
import { type Question, sketchOf } from "../../../src/request/routing/asked.ts";
import type { Measured } from "../../../src/request/routing/routing.ts";

const QUESTION = "How do I reverse a linked list in Python?";
const REPHRASED = "How can I reverse a linked list in python";
const ANOTHER = "Which wine goes with a mushroom risotto?";
const ANN = 1;
const BOB = 2;
const MINUTE = 60_000;

interface Request {
  readonly id?: string;
  readonly by?: number;
  readonly text?: string;
  readonly atMs?: number; // when it began; it takes a second
  readonly tier?: string;
  readonly served?: Partial<Served>;
  readonly measured?: Partial<Measured>;
  readonly message?: number; // index of the message it asks
  readonly cost?: Cost;
  readonly failure?: "error" | "cut-short";
}

function setup({ compares = false } = {}) {
  const signals: MisrouteSignal[] = [];
  const strong: string[] = [];
  const questions: Question[] = []; // told to other processes
  const ignored: string[] = [];
  const rated: [string, number][] = [];
  let nowMs = 0;
  const all = createSignals({
    tiers: () => ["weak", "mid", "strong"],
    now: () => nowMs,
    onSignal: (signal) => signals.push(signal),
    onIgnored: (kind) => ignored.push(kind),
    compares: () => compares,
    onStrongRepeat: (requestId) => strong.push(requestId),
    onFeedback: ({ requestId, rating }) => rated.push([requestId, rating]),
  });
  const ends = (...requests: Request[]) => {
    for (const request of requests) all.outcome(outcome(request), (question) => questions.push(question));
    return signals.splice(0).map(({ kind, requestId }) => `${kind} ${requestId}`);
  };
  const hears = (...told: Question[]) => {
    for (const question of told) all.askedElsewhere(question);
    return signals.splice(0).map(({ kind, requestId }) => `${kind} ${requestId}`);
  };
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { ...all, signals, ignored, strong, questions, rated, ends, hears, pass };
}

function outcome({ id = "r1", by = ANN, text = QUESTION, atMs = 0, tier = "weak", message = 0, ...more }: Request): Outcome {
  const sketch = sketchOf(new TextEncoder().encode(text));
  const asked = sketch && { by, sketch, message };
  const measured: Measured = {
    format: "chat-completions",
    turns: 1,
    stream: false,
    chars: text.length,
    textBytes: text.length,
    keywordHits: [],
    inputTokens: 9,
    ...(asked && { asked }),
    ...more.measured,
  };
  const served: Served = {
    tier,
    cluster: tier,
    fellBack: false,
    attempts: 1,
    status: 200,
    responseFlags: [],
    startedAtMs: 1_800_000_000_000 + atMs,
    firstByteMs: 500,
    durationMs: 1000,
    requestBytes: 100,
    responseBytes: 100,
    ...more.served,
  };
  const decision = { tier, policy: "main@v7", reason: "under-thresholds" };
  return { kind: "joined", requestId: id, decided: { decision, measured }, served, isChat: true, failure: more.failure, cost: more.cost };
}

const first: Request = { id: "r1" };
const again: Request = { id: "r2", text: REPHRASED, atMs: 20_000 };

describe("a repeat", () => {
  test("is nearly the same, asked again soon by the same user: it is about the first request, with its decision", () => {
    const { outcome: ends, signals } = setup();
    ends(outcome(first));
    ends(outcome(again));
    expect(signals).toEqual([{ kind: "repeat", requestId: "r1", tier: "weak", policy: "main@v7", reason: "under-thresholds" }]);
  });

  test.each<[why: string, before: Request, after: Request]>([
    ["another question", first, { ...again, text: ANOTHER }],
    ["another user", first, { ...again, by: BOB }],
    ["more than five minutes later", first, { ...again, atMs: 5 * MINUTE + 1001 }],
    ["asked at the same time, before the answer was there", first, { ...again, atMs: 500 }],
    ["the first answer was the strongest tier's", { ...first, tier: "strong" }, again],
    ["the first was decided for weak and served by another", { ...first, served: { tier: "strong", fellBack: true } }, again],
    ["the first had no answer: a client tries again", { ...first, served: { status: 503 } }, again],
    ["too little to go by", { ...first, text: "go on" }, { ...again, text: "go on" }],
    ["the next step of an agent, whose message stays the same", first, { ...again, text: QUESTION, measured: { turns: 3 } }],
  ])("is not: %s", (_, before, after) => {
    expect(setup().ends(before, after)).toEqual([]);
  });

  test.each<[what: string, before: Request, after: Request]>([
    ["five minutes after the answer's end", first, { ...again, atMs: 5 * MINUTE + 1000 }],
    ["whoever answers it", first, { ...again, tier: "strong" }],
    ["even when the answer failed", first, { ...again, served: { status: 500 } }],
    ["a middle tier's answer", { ...first, tier: "mid" }, again],
    ["the same request once more", first, { ...again, text: QUESTION }],
    ["the same words, said again further on in the conversation", first, { ...again, text: QUESTION, message: 2, measured: { turns: 3 } }],
  ])("is: %s", (_, before, after) => {
    expect(setup().ends(before, after)).toEqual(["repeat r1"]);
  });

  test("is found once, and a third asking is about the second", () => {
    const third = { ...again, id: "r3", atMs: 40_000 };
    expect(setup().ends(first, again, third)).toEqual(["repeat r1", "repeat r2"]);
    expect(setup().ends(first, { ...again, tier: "strong" }, third)).toEqual(["repeat r1"]);
  });

  test("is found behind other questions, but of a bounded number", () => {
    const others = [ANOTHER, "Write a limerick about old ships", "Translate good evening to Finnish"].map((text) => ({
      id: text,
      text,
      atMs: 5000,
    }));
    expect(setup().ends(first, ...others.slice(0, 2), again)).toEqual(["repeat r1"]);
    expect(setup().ends(first, ...others, again)).toEqual([]);
  });

  test("of the users heard of longest ago is forgotten, of others not", () => {
    const { ends } = setup();
    const users = (from: number, count: number) => Array.from({ length: count }, (_, at) => ({ id: `u${from + at}`, by: from + at }));
    ends(first, ...users(100, MAX_USERS - 1));
    ends({ ...first, id: "other", text: ANOTHER }, { id: "new", by: BOB });
    expect(ends(again)).toEqual(["repeat r1"]);
    ends(...users(100_000, MAX_USERS));
    expect(ends({ ...again, atMs: 40_000 })).toEqual([]);
  });

  test("is one a minute of a user, and the rest are counted as left out", () => {
    const { ends, ignored, pass } = setup();
    const asked = (id: string, atMs: number) => ends({ ...first, id, atMs, measured: { voter: ANN } });
    expect([0, 1, 2, 3].map((at) => asked(`r${at}`, 20_000 * at))).toEqual([[], ["repeat r0"], [], []]);
    pass(MINUTE);
    expect(asked("r4", 80_000)).toEqual(["repeat r3"]);
    expect(ignored).toEqual(["repeat", "repeat"]);
  });

  test("needs an outcome with times: what Envoy never reported is none", () => {
    const { outcome: told, signals } = setup();
    told({ ...outcome(first), kind: "unknown", served: undefined, cost: undefined });
    told(outcome(again));
    expect(signals).toEqual([]);
  });
});

describe("a repeat at another process", () => {
  /** Each process has its requests one after the other; what one asks the others hear before the next. */
  function processes(count: number, settings?: Parameters<typeof setup>[0]) {
    const all = Array.from({ length: count }, () => setup(settings));
    const ends = (at: number, request: Request) => {
      const here = all[at] as ReturnType<typeof setup>;
      const found = here.ends(request).map((signal) => `${signal} at ${at}`);
      for (const question of here.questions.splice(0)) {
        for (const [other, { hears }] of all.entries()) {
          if (other !== at) found.push(...hears(question).map((signal) => `${signal} at ${other}`));
        }
      }
      return found;
    };
    return { all, ends };
  }
  const third: Request = { ...again, id: "r3", atMs: 40_000 };

  test("is found where the first request was decided, with its decision", () => {
    const { all, ends } = processes(3);
    expect([ends(0, first), ends(1, again)]).toEqual([[], ["repeat r1 at 0"]]);
    expect(all[0]?.recent()).toMatchObject([{ requestId: "r1", tier: "weak", policy: "main@v7", reason: "under-thresholds" }]);
  });

  test.each<[why: string, before: Request, after: Request]>([
    ["another question", first, { ...again, text: ANOTHER }],
    ["another user", first, { ...again, by: BOB }],
    ["more than five minutes later", first, { ...again, atMs: 5 * MINUTE + 1001 }],
    ["asked at the same time, before the answer was there", first, { ...again, atMs: 500 }],
    ["the next step of an agent, whose message stays the same", first, { ...again, text: QUESTION, measured: { turns: 3 } }],
  ])("is not: %s", (_, before, after) => {
    const { ends } = processes(2);
    expect([ends(0, before), ends(1, after)]).toEqual([[], []]);
  });

  test("is found once over all, wherever it is asked a third and a fourth time", () => {
    const { ends } = processes(3);
    const found = [ends(0, first), ends(1, again), ends(2, third), ends(0, { ...third, id: "r4", atMs: 60_000 })];
    expect(found).toEqual([[], ["repeat r1 at 0"], ["repeat r2 at 1"], ["repeat r3 at 2"]]);
  });

  test("is looked for there only where none is found here", () => {
    const { questions, ends } = setup();
    ends(first, again);
    expect(questions.map(({ startedAtMs }) => startedAtMs % MINUTE)).toEqual([0]);
  });

  test("is asked of none where too little is asked, or nobody knows when", () => {
    const { questions, ends, outcome: told } = setup();
    ends({ ...first, text: "go on" });
    told({ ...outcome(first), kind: "unknown", served: undefined, cost: undefined }, (question) => questions.push(question));
    expect(questions).toEqual([]);
  });

  test("is one a minute of a user, of what each process decided", () => {
    const { all, ends } = processes(2);
    const asked = (id: string, at: number, atMs: number) => ends(at, { ...first, id, atMs, measured: { voter: ANN } });
    expect(asked("r0", 0, 0)).toEqual([]);
    expect(asked("r1", 1, 20_000)).toEqual(["repeat r0 at 0"]);
    expect(asked("r2", 0, 40_000)).toEqual(["repeat r1 at 1"]);
    expect(asked("r3", 1, 60_000)).toEqual([]);
    expect(all.map(({ ignored }) => ignored)).toEqual([["repeat"], []]);
  });

  test("of the strongest tier's answer is told to whoever compares, and is no signal", () => {
    const { all, ends } = processes(2, { compares: true });
    expect([ends(0, { ...first, tier: "strong" }), ends(1, again)]).toEqual([[], []]);
    expect(all.map(({ strong }) => strong)).toEqual([["r1"], []]);
  });
});

describe("a cheap-looking strong answer", () => {
  const cost = (costUsd: number | undefined): Cost => ({
    basis: "exact",
    inputTokens: 20,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 900,
    reasoningTokens: 0,
    costUsd,
    isPriced: true,
  });
  const strong: Request = { tier: "strong", cost: cost(0.02) };

  test("is none where the answer failed behind a good status", () => {
    expect(setup().ends({ ...strong, failure: "error" })).toEqual([]);
  });

  test("is short, fast and cost something", () => {
    expect(setup().ends(strong)).toEqual(["cheap-strong r1"]);
    expect(setup().ends({ ...strong, tier: "mid" })).toEqual(["cheap-strong r1"]);
  });

  test.each<[why: string, request: Request]>([
    ["the cheapest tier's", { ...strong, tier: "weak" }],
    ["at most a cent", { ...strong, cost: cost(0.01) }],
    ["of unknown cost", { ...strong, cost: cost(undefined) }],
    ["200 characters", { ...strong, measured: { chars: 200 } }],
    ["not read", { ...strong, measured: { chars: 0 } }],
    ["two seconds to the first byte", { ...strong, served: { firstByteMs: 2000 } }],
    ["served by another tier", { ...strong, served: { tier: "weak", fellBack: true } }],
  ])("is not: %s", (_, request) => {
    expect(setup().ends(request)).toEqual([]);
  });
});

describe("a rating", () => {
  const decision = { tier: "weak", policy: "main@v7", reason: "under-thresholds" };

  test.each([
    [1, "weak", ["low-rating"]],
    [2, "mid", ["low-rating"]],
    [3, "weak", []],
    [1, "strong", []],
  ])("of %i for %s gives %j", (rating, tier, kinds) => {
    const { decided, feedback, signals, rated } = setup();
    decided("r1", { ...decision, tier }, ANN);
    expect(feedback({ requestId: "r1", rating })).toEqual({ kind: "taken", decision: { ...decision, tier } });
    expect([signals.map(({ kind }) => kind), rated]).toEqual([kinds, [["r1", rating]]]);
  });

  test("sent again is not counted again, and another one is refused", () => {
    const { decided, feedback, signals, rated } = setup();
    decided("r1", decision, ANN);
    for (let time = 0; time < 2; time++) expect(feedback({ requestId: "r1", rating: 2 }).kind).toBe("taken");
    expect(feedback({ requestId: "r1", rating: 5 })).toEqual({ kind: "rated", rating: 2 });
    expect([signals.length, rated.length]).toEqual([1, 1]);
  });

  test("counts as its request's user says, whoever sends it: one a minute of each user, and all of those whom nobody names", () => {
    const { decided, feedback, ignored, signals, rated, pass } = setup();
    const rate = (id: string, voter: number | undefined) => {
      decided(id, decision, voter);
      expect(feedback({ requestId: id, rating: 1 }).kind).toBe("taken");
    };
    const [ann, bob] = [0x10000000, 0x20000000];
    for (let at = 0; at < 10; at++) rate(`a${at}`, ann);
    rate("b", bob);
    for (let at = 0; at < 3; at++) rate(`n${at}`, undefined);
    pass(MINUTE - 1);
    rate("a10", ann);
    expect(signals.map(({ requestId }) => requestId)).toEqual(["a0", "b", "n0", "n1", "n2"]);
    pass(1);
    rate("a11", ann);
    expect(signals.at(-1)?.requestId).toBe("a11");
    expect(ignored).toEqual(Array(10).fill("low-rating"));
    expect(rated).toHaveLength(16);
  });

  test("for a request that was not decided here is unknown", () => {
    const { decided, feedback, rated } = setup();
    decided(undefined, decision, ANN);
    expect(feedback({ requestId: "r9", rating: 1 })).toEqual({ kind: "unknown" });
    expect(rated).toEqual([]);
  });

  test("can be given for the last decisions, and memory is bounded", () => {
    const decisions = recentDecisions(10);
    for (let at = 0; at < 100; at++) decisions.set(`r${at}`, decision, undefined);
    const known = Array.from({ length: 100 }, (_, at) => decisions.get(`r${at}`)).filter((each) => each !== undefined);
    expect(known.length).toBeGreaterThanOrEqual(10);
    expect(known.length).toBeLessThanOrEqual(20);
    expect(decisions.get("r99")).toBeDefined();
  });
});

test("the last signals are kept, the newest first", () => {
  const { decided, feedback, recent } = setup();
  for (let at = 0; at < 50; at++) {
    decided(`r${at}`, { tier: "weak", policy: "main@v7", reason: "r" }, undefined);
    feedback({ requestId: `r${at}`, rating: 1 });
  }
  expect(recent().map(({ requestId }) => requestId)).toEqual(Array.from({ length: 20 }, (_, at) => `r${49 - at}`));
});

test("a comment is not kept", () => {
  expect(readFeedback('{"request_id":"r1","rating":1,"comment":"my secret","other":1}')).toEqual({ requestId: "r1", rating: 1 });
});
