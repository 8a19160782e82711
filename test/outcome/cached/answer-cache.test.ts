// What becomes of answers that may be kept, and of those who wait for them.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { routingOf } from "../../../src/config/routing-of.ts";
import type { AskedBefore, Found } from "../../../src/envoy/extproc/cached-answers.ts";
import { answerCache } from "../../../src/outcome/cached/answer-cache.ts";
import { type Routed, routeBody } from "../../../src/request/routing/routing.ts";
import type { AnswerStore, KeptAnswer, OfferedAnswer, SharedAnswers } from "../../../src/state/answer-store.ts";
import { type JoinedOutcome, joinedOutcome } from "../../support/cached.ts";

const WAIT_MS = 1000;
const TTL_MS = 600_000;
const GOOD = '{"choices":[{"message":{"content":"4"},"finish_reason":"stop"}]}';
const STREAM = 'data: {"choices":[{"delta":{"content":"4"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

const routing = routingOf(parseConfig("cache: { tenant: everybody }", "test"), { cacheSecret: "s" });
const routedOf = (stream: boolean): Routed =>
  routeBody(routing, Buffer.from(JSON.stringify({ stream, messages: [{ role: "user", content: "hi" }] })), {
    get: (name) => (name === ":path" ? "/v1/chat/completions" : undefined),
  });

interface Settings {
  readonly waitMs?: number;
  readonly answerBytes?: number;
  readonly random?: () => number;
  readonly shared?: SharedAnswers;
}

function setup(settings: Settings = {}) {
  const kept = new Map<string, KeptAnswer>();
  const counts: string[] = [];
  const saved: object[] = [];
  const store: AnswerStore = {
    get: (key) => kept.get(key),
    set: (key, answer) => void kept.set(key, answer),
    clear() {},
    bytes: 0,
    count: 0,
  };
  const metrics = {
    cacheStands() {},
    cacheAsked: (result: string) => counts.push(result),
    cacheAnswered: (result: string) => counts.push(`answer ${result}`),
    cacheEvicted() {},
    cacheSaved: (tier: string, amounts: object) => saved.push({ tier, ...amounts }),
    cacheStoreFailed() {},
  };
  const { waitMs = WAIT_MS, answerBytes = 1 << 16, random = () => 0 } = settings;
  const cache = answerCache({
    settings: () => ({ waitMs, answerBytes }),
    store,
    shared: settings.shared,
    metrics,
    now: () => 1e12,
    random,
  });
  const find = (routed: Routed, more: Partial<AskedBefore> = {}) => {
    const found: Found[] = [];
    if (routed.cache?.kind !== "ask") throw new Error("not asked");
    const asked = { requestId: "r", ask: routed.cache, tier: routed.decision.tier, mayWait: true, ...more };
    const leave = cache.find(asked, (is) => found.push(is));
    return { found, leave };
  };
  const flightOf = ({ found }: ReturnType<typeof find>) => {
    const [is] = found;
    if (is?.kind !== "miss" || is.flight === undefined) throw new Error("no flight");
    return is.flight;
  };
  /** An answer passes; each piece is a message. */
  const answer = (flight: string, pieces: readonly string[], headers: Readonly<Record<string, string>> = {}) => {
    const reader = cache.reading({ piece() {}, ended() {}, cutOff() {} }, () => flight);
    const all: Readonly<Record<string, string>> = { ":status": "200", "content-type": "application/json", ...headers };
    reader.headers?.({ get: (name) => all[name] });
    for (const piece of pieces) reader.piece(Buffer.from(piece));
    return reader;
  };
  const outcome = (flight: string, routed: Routed, more: Partial<JoinedOutcome> = {}) =>
    cache.outcome(joinedOutcome({ flight, routed, ...more }));
  return { cache, kept, counts, saved, find, flightOf, answer, outcome };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("an answer is kept", () => {
  test("as it came, once Envoy has said that the decided tier gave it, with what it cost", () => {
    const { find, flightOf, answer, outcome, counts, saved } = setup();
    const routed = routedOf(false);
    const flight = flightOf(find(routed));
    answer(flight, [GOOD.slice(0, 10), GOOD.slice(10)]).ended();
    expect(find(routed, { mayWait: false }).found).toMatchObject([{ kind: "miss" }]);
    outcome(flight, routed, { costUsd: 0.5 });
    expect(find(routed).found).toMatchObject([
      { kind: "hit", answer: { contentType: "application/json", inputTokens: 10, outputTokens: 20, savedUsd: 0.5, ageSeconds: 0 } },
    ]);
    expect(counts).toEqual(["miss", "miss", "answer stored", "hit"]);
    expect(saved).toMatchObject([{ tier: "weak", savedUsd: 0.5 }]);
  });

  test("for its time, and up to a fifth less, drawn for each", () => {
    const lives = [0, 0.25, 0.5, 0.999].map((drawn) => {
      const { find, flightOf, answer, outcome, kept } = setup({ random: () => drawn });
      const routed = routedOf(false);
      const flight = flightOf(find(routed));
      answer(flight, [GOOD]).ended();
      outcome(flight, routed);
      return [...kept.values()].map(({ atMs, untilMs }) => (untilMs - atMs) / TTL_MS)[0];
    });
    expect(lives.map((life) => life?.toFixed(3))).toEqual(["1.000", "0.950", "0.900", "0.800"]);
  });

  type Passing = ReturnType<typeof setup>;
  test.each<[result: string, act: (passing: Passing, flight: string, routed: Routed) => void]>([
    ["stored", ({ answer, outcome }, flight, routed) => [answer(flight, [GOOD]).ended(), outcome(flight, routed)]],
    ["unseen", ({ outcome }, flight, routed) => outcome(flight, routed)],
    ["cut-off", ({ answer, outcome }, flight, routed) => [answer(flight, [GOOD]).cutOff(), outcome(flight, routed)]],
    ["incomplete", ({ answer, outcome }, flight, routed) => [answer(flight, [GOOD.slice(0, -1)]).ended(), outcome(flight, routed)]],
    ["shape", ({ answer, outcome }, flight, routed) => [answer(flight, [STREAM]).ended(), outcome(flight, routed)]],
    ["status", ({ answer, outcome }, flight, routed) => [answer(flight, [GOOD], { ":status": "206" }).ended(), outcome(flight, routed)]],
    [
      "set-cookie",
      ({ answer, outcome }, flight, routed) => [answer(flight, [GOOD], { "set-cookie": "a" }).ended(), outcome(flight, routed)],
    ],
    [
      "no-store",
      ({ answer, outcome }, flight, routed) => [
        answer(flight, [GOOD], { "cache-control": "private, no-store" }).ended(),
        outcome(flight, routed),
      ],
    ],
    ["too-large", ({ answer, outcome }, flight, routed) => [answer(flight, [GOOD, " ".repeat(1 << 16)]).ended(), outcome(flight, routed)]],
    ["other-tier", ({ answer, outcome }, flight, routed) => [answer(flight, [GOOD]).ended(), outcome(flight, routed, { tier: "strong" })]],
    ["status", ({ answer, outcome }, flight, routed) => [answer(flight, [GOOD]).ended(), outcome(flight, routed, { status: 503 })]],
    ["unknown", ({ answer, outcome }, flight, routed) => [answer(flight, [GOOD]).ended(), outcome(flight, routed, { kind: "unknown" })]],
    [
      "incomplete",
      ({ answer, outcome }, flight, routed) => [answer(flight, [GOOD]).ended(), outcome(flight, routed, { failure: "cut-short" })],
    ],
    [
      "unseen",
      ({ cache, outcome }, flight, routed) => {
        const reader = cache.reading({ piece() {}, ended() {}, cutOff() {} }, () => flight); // its headers are not sent
        reader.piece(Buffer.from(GOOD));
        reader.ended();
        outcome(flight, routed);
      },
    ],
  ])("or it is not, and is counted as %s", (result, act) => {
    const passing = setup();
    const routed = routedOf(false);
    act(passing, passing.flightOf(passing.find(routed)), routed);
    expect(passing.counts).toEqual(["miss", `answer ${result}`]);
    expect(passing.kept.size).toBe(result === "stored" ? 1 : 0);
  });

  test("never under another flight's name, nor twice", () => {
    const { cache, find, flightOf, answer, outcome, kept, counts } = setup();
    const routed = routedOf(false);
    const flight = flightOf(find(routed));
    answer("another", [GOOD]).ended();
    outcome("another", routed);
    answer(flight, [GOOD.replace("4", "5")]);
    const second = cache.reading({ piece() {}, ended() {}, cutOff() {} }, () => flight); // the same name again: not the first's answer
    second.piece(Buffer.from(GOOD));
    second.ended();
    outcome(flight, routed);
    expect(kept.size).toBe(0);
    expect(counts).toEqual(["miss", "answer unseen"]);
  });

  test("not where the request has no id, by which Envoy would say what became of it", () => {
    const { find } = setup();
    expect(find(routedOf(false), { requestId: undefined }).found).toEqual([{ kind: "miss", flight: undefined }]);
  });
});

describe("who asks the same while it is under way", () => {
  test("waits, and gets that answer", () => {
    const { find, flightOf, answer, outcome, counts } = setup();
    const routed = routedOf(false);
    const flight = flightOf(find(routed));
    const others = [find(routed), find(routed)];
    answer(flight, [GOOD]).ended();
    expect(others.map(({ found }) => found.length)).toEqual([0, 0]);
    outcome(flight, routed);
    expect(others.map(({ found }) => found[0]?.kind)).toEqual(["hit", "hit"]);
    expect(counts).toEqual(["miss", "answer stored", "joined", "joined"]);
  });

  test("of a stream, waits until its first byte at most", () => {
    const { find, flightOf, answer } = setup();
    const routed = routedOf(true);
    const flight = flightOf(find(routed));
    const other = find(routed);
    expect(other.found).toEqual([]);
    answer(flight, [STREAM.slice(0, 10)]);
    expect(other.found).toMatchObject([{ kind: "miss" }]);
    expect(find(routed).found).toMatchObject([{ kind: "miss" }]); // too late to wait
  });

  test("where nothing came of the first, one asks for all who wait", () => {
    const { find, flightOf, answer, outcome } = setup();
    const routed = routedOf(false);
    const first = flightOf(find(routed));
    const [second, third, fourth] = [find(routed), find(routed), find(routed)];
    outcome(first, routed, { status: 503 });
    expect([second, third, fourth].map(({ found }) => found.length)).toEqual([1, 0, 0]);
    const flight = flightOf(second);
    answer(flight, [GOOD]).ended();
    outcome(flight, routed);
    expect([third, fourth].map(({ found }) => found[0]?.kind)).toEqual(["hit", "hit"]);
  });

  test("waits so long at most, then asks for itself", () => {
    const { find } = setup();
    const routed = routedOf(false);
    find(routed);
    const other = find(routed);
    vi.advanceTimersByTime(WAIT_MS - 1);
    expect(other.found).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(other.found).toMatchObject([{ kind: "miss" }]);
  });

  test("and has left, is told nothing", () => {
    const { find, flightOf, outcome, counts } = setup();
    const routed = routedOf(false);
    const flight = flightOf(find(routed));
    const other = find(routed);
    other.leave();
    outcome(flight, routed, { status: 503 });
    vi.advanceTimersByTime(2 * WAIT_MS);
    expect(other.found).toEqual([]);
    expect(counts).toEqual(["miss", "answer status"]);
  });

  test("does not wait where nobody may: waitMs is 0, trailers are to come, or it wants a new answer", () => {
    for (const [settings, more] of [
      [{ waitMs: 0 }, {}],
      [{}, { mayWait: false }],
    ] as const) {
      const { find } = setup(settings);
      find(routedOf(false));
      expect(find(routedOf(false), more).found).toMatchObject([{ kind: "miss" }]);
    }
    const { find } = setup();
    const routed = routedOf(false);
    find(routed);
    const anew = routed.cache?.kind === "ask" ? { ask: { ...routed.cache, maxAgeMs: -1 } } : {};
    expect(find(routed, anew).found).toMatchObject([{ kind: "miss" }]);
  });
});

describe("where replicas share answers", () => {
  const sharing = (answers: Readonly<Record<string, KeptAnswer>> = {}, offered?: OfferedAnswer) => {
    const told: string[] = [];
    const shared: SharedAnswers = {
      get: async (key) => {
        told.push("get");
        return answers[key] ?? answers["any"];
      },
      set: (_key, { body }) => told.push(`set ${Buffer.from(body)}`),
      offer: (flight, { body }) => told.push(`offer ${flight} ${Buffer.from(body)}`),
      take: async (flight) => {
        told.push(`take ${flight}`);
        return offered;
      },
    };
    return { told, shared };
  };
  const kept: KeptAnswer = {
    body: Buffer.from(GOOD),
    contentType: "application/json",
    model: "m",
    inputTokens: 1,
    outputTokens: 2,
    costUsd: 0.5,
    atMs: 1e12 - 5000,
    untilMs: 1e12 + 5000,
  };
  const turn = () => vi.advanceTimersByTimeAsync(0);

  test("another's is a hit, and is in this one's memory from then on", async () => {
    const { told, shared } = sharing({ any: kept });
    const { find } = setup({ shared });
    const first = find(routedOf(false));
    expect(first.found).toEqual([]);
    await turn();
    expect(first.found).toMatchObject([{ kind: "hit", answer: { ageSeconds: 5 } }]);
    expect(find(routedOf(false)).found).toMatchObject([{ kind: "hit" }]);
    expect(told).toEqual(["get"]);
  });

  test("one that is too old for the client is none; the store is not asked where nobody may wait, or a new one is wanted", async () => {
    const { told, shared } = sharing({ any: kept });
    const { find } = setup({ shared });
    const routed = routedOf(false);
    if (routed.cache?.kind !== "ask") throw new Error("not asked");
    const young = find(routed, { ask: { ...routed.cache, maxAgeMs: 4000 } });
    await turn();
    expect(young.found).toMatchObject([{ kind: "miss" }]);
    expect(find(routedOf(true), { mayWait: false }).found).toMatchObject([{ kind: "miss" }]);
    expect(find(routed, { ask: { ...routed.cache, maxAgeMs: -1 } }).found).toMatchObject([{ kind: "miss" }]);
    expect(told).toEqual(["get"]);
  });

  test("who has left by the time the store answers is told nothing", async () => {
    const { shared } = sharing({ any: kept });
    const { find } = setup({ shared });
    const left = find(routedOf(false));
    left.leave();
    await turn();
    expect(left.found).toEqual([]);
  });

  test("what is kept here is shared; what passes here for another's request is offered to it, whole ones only", async () => {
    const { told, shared } = sharing();
    const { find, flightOf, answer, outcome } = setup({ shared });
    const routed = routedOf(false);
    const asked = find(routed);
    await turn();
    const flight = flightOf(asked);
    answer(flight, [GOOD]).ended();
    outcome(flight, routed);
    answer("theirs", ["their ", "answer"]).ended();
    answer("cut", [GOOD]).cutOff();
    answer("bad", [GOOD], { ":status": "503" }).ended();
    expect(told).toEqual(["get", `set ${GOOD}`, "offer theirs their answer"]);
  });

  test.each<[what: string, offered: OfferedAnswer | undefined, result: string]>([
    ["a good one", { body: Buffer.from(GOOD), contentType: "application/json" }, "stored"],
    ["one that is cut", { body: Buffer.from(GOOD.slice(0, -1)), contentType: "application/json" }, "incomplete"],
    ["one that is offered late", { body: Buffer.from(GOOD), contentType: "application/json" }, "stored"],
    ["none", undefined, "unseen"],
  ])("an answer that another was shown is taken from it, and judged here: %s", async (what, offered, result) => {
    const { told, shared: atOnce } = sharing({}, offered);
    const take: SharedAnswers["take"] = async (flight) => {
      const isEarly = !told.includes(`take ${flight}`) && what === "one that is offered late";
      const answer = await atOnce.take(flight);
      return isEarly ? undefined : answer;
    };
    const shared = { ...atOnce, take };
    const { find, flightOf, outcome, counts } = setup({ shared });
    const routed = routedOf(false);
    const asked = find(routed);
    await turn();
    const flight = flightOf(asked);
    outcome(flight, routed);
    await vi.advanceTimersByTimeAsync(1000);
    expect(told.slice(0, 2)).toEqual(["get", `take ${flight}`]);
    expect(counts).toEqual(["miss", `answer ${result}`]);
  });
});
