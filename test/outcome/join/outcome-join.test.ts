// Decisions and log entries in every order: each request gets one outcome, and what cannot be joined is told apart.
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { Reading } from "../../../src/answer/answer-reader.ts";
import type { AnswerFailure } from "../../../src/answer/ending/ending.ts";
import type { Usage } from "../../../src/answer/usage/usage.ts";
import type { AccessLogEntry } from "../../../src/envoy/wire/access-log.ts";
import type { Decided, Outcome } from "../../../src/outcome/join/outcome.ts";
import { type OutcomeJoin, outcomeJoin } from "../../../src/outcome/join/outcome-join.ts";
import type { Decision } from "../../../src/request/routing/decision.ts";
import { entryByStrong } from "../../support/served-entries.ts";

const DECISION: Decision = { tier: "strong", policy: "main@v7", reason: "keyword", detail: "设计" };
const STRONG: Decided = {
  decision: DECISION,
  measured: { format: "chat-completions", turns: 1, stream: false, chars: 30, textBytes: 36, keywordHits: ["设计"], inputTokens: 9 },
};
const HEADERS = { "x-sluice-tier": "strong", "x-sluice-policy": "main@v7", "x-sluice-reason": "keyword:%E8%AE%BE%E8%AE%A1" };
const TIERS = ["weak", "strong"];

function entry(requestId: string, fields: Partial<AccessLogEntry> = {}, headers: Record<string, string> = HEADERS): AccessLogEntry {
  const requestHeaders = new Map(Object.entries({ "x-request-id": requestId, ...headers }));
  return { ...entryByStrong(requestId), requestHeaders, attempts: 1, ...fields };
}

const reading = (usage: Partial<Usage>): Reading => ({
  usage: { inputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0, ...usage },
  knowsOutput: true,
  isComplete: true,
  failure: undefined,
  model: "glm-5-air",
  keys: [],
});
const failed = (failure: AnswerFailure): Reading => ({ ...reading({}), usage: undefined, knowsOutput: false, isComplete: false, failure });

let outcomes: Outcome[];
let ignored: string[];
let clock: number;

function join(maxWaiting = 100, maxWaitingUnlogged = maxWaiting): OutcomeJoin {
  return outcomeJoin({
    maxWaiting,
    maxWaitingUnlogged,
    maxAgeMs: 1000,
    now: () => clock,
    isJudgedElsewhere: false,
    priceOf: (tier) =>
      tier === "weak" ? { inputPerMTok: 1, cachedInputPerMTok: 0.1, cacheWritePerMTok: 1.25, outputPerMTok: 10 } : undefined,
    tierOf: (cluster) => TIERS.find((tier) => tier === cluster),
    onOutcome: (outcome) => outcomes.push(outcome),
    onIgnored: (why) => ignored.push(why),
  });
}

beforeEach(() => {
  outcomes = [];
  ignored = [];
  clock = 0;
});

describe("an entry", () => {
  test("that logs x-sluice-served-by was served by that, whatever its cluster", () => {
    const joined = join();
    joined.decided("a", STRONG);
    joined.entry(entry("a", { upstreamCluster: "strong", responseHeaders: new Map([["x-sluice-served-by", "weak"]]) }));
    expect(outcomes[0]?.served).toMatchObject({ tier: "weak", cluster: "weak", fellBack: true });
  });

  test("meets its decision: what was decided beside what was served", () => {
    const joined = join();
    joined.decided("a", STRONG);
    joined.entry(entry("a", { upstreamCluster: "weak", attempts: 3, responseFlags: ["URX"] }));
    expect(outcomes).toEqual([
      {
        kind: "joined",
        requestId: "a",
        decided: STRONG,
        served: {
          startedAtMs: 0,
          tier: "weak",
          cluster: "weak",
          fellBack: true,
          attempts: 3,
          status: 200,
          responseFlags: ["URX"],
          firstByteMs: 40,
          durationMs: 70,
          requestBytes: 120,
          responseBytes: 900,
        },
        isChat: true,
        failure: undefined,
        cost: {
          basis: "estimated",
          inputTokens: 9,
          cachedInputTokens: 0,
          cacheWriteTokens: 0,
          outputTokens: 113,
          reasoningTokens: 0,
          costUsd: (9 * 1 + 113 * 10) / 1e6,
          inputUsd: (9 * 1) / 1e6,
          outputUsd: (113 * 10) / 1e6,
          isPriced: true,
        },
      },
    ]);
    expect(joined.waiting).toBe(0);
  });

  test.each([
    ["of another replica's request", HEADERS, "elsewhere", DECISION],
    ["of a request that nobody decided", {}, "unrouted", undefined],
    ["whose reason is damaged", { ...HEADERS, "x-sluice-reason": "keyword:%E8" }, "elsewhere", { ...DECISION, detail: "%E8" }],
    [
      "whose reason has no detail",
      { ...HEADERS, "x-sluice-reason": "chars" },
      "elsewhere",
      { tier: "strong", policy: "main@v7", reason: "chars" },
    ],
  ])("%s", (_what, headers, kind, decision) => {
    join().entry(entry("a", {}, headers));
    expect(outcomes).toMatchObject([
      decision === undefined ? { kind, decided: undefined } : { kind, decided: { decision, measured: undefined } },
    ]);
  });

  test("of a request that another process decided costs nothing here: whoever sends entries could spend", () => {
    join().entry(entry("a", {}, HEADERS), reading({ inputTokens: 5_000_000, outputTokens: 5_000_000 }));
    expect(outcomes).toMatchObject([{ kind: "elsewhere", decided: { decision: DECISION }, cost: undefined }]);
  });

  test("of a request whose decision came too late for Envoy says that it was not routed", () => {
    const joined = join();
    joined.decided("a", STRONG);
    joined.entry(entry("a", {}, {}));
    expect(outcomes).toMatchObject([{ kind: "unrouted", decided: undefined }]);
  });

  describe("that limits refused, which leaves no header to log", () => {
    const answered = { upstreamCluster: "", responseCode: 429, attempts: 0, responseCodeDetails: "sluice_budget_refused" };
    const refused: Decided = { ...STRONG, decision: { ...DECISION, refused: { message: "used up", retryAfterSeconds: 9 } } };
    test.each<[string, Partial<AccessLogEntry>, boolean, object]>([
      ["is joined", {}, true, { kind: "joined", decided: refused, served: { tier: undefined, status: 429 }, cost: undefined }],
      ["by another process is elsewhere", {}, false, { kind: "elsewhere", decided: undefined, cost: undefined }],
      ["too late for Envoy was not", { responseCodeDetails: "via_upstream" }, true, { kind: "unrouted", decided: undefined }],
    ])("%s", (_, fields, isOurs, outcome) => {
      const joined = join();
      if (isOurs) joined.decided("a", refused);
      joined.entry(entry("a", { ...answered, ...fields }, {}));
      expect(outcomes).toMatchObject([outcome]);
    });
  });

  test("without any logged header still meets a decision made here", () => {
    const joined = join();
    joined.decided("a", STRONG);
    joined.entry({ ...entry("a"), requestHeaders: new Map() });
    expect(outcomes).toMatchObject([{ kind: "joined" }]);
  });

  test.each([
    [
      "exact where the server said what it used",
      200,
      reading({ inputTokens: 50, outputTokens: 7 }),
      "weak",
      { basis: "exact", inputTokens: 50, outputTokens: 7, costUsd: 120 / 1e6, isPriced: true },
    ],
    [
      "by the prices of what was read from and written to the cache",
      200,
      reading({ inputTokens: 1000, cachedInputTokens: 600, cacheWriteTokens: 300, outputTokens: 10, reasoningTokens: 4 }),
      "weak",
      { cachedInputTokens: 600, cacheWriteTokens: 300, reasoningTokens: 4, costUsd: (100 * 1 + 600 * 0.1 + 300 * 1.25 + 10 * 10) / 1e6 },
    ],
    [
      "estimated where the answer had only begun to say, its input exact",
      200,
      { ...reading({ inputTokens: 5000, outputTokens: 1 }), knowsOutput: false },
      "weak",
      { basis: "estimated", inputTokens: 5000 },
    ],
    ["without dollars where the tier has no price", 200, undefined, "strong", { basis: "estimated", costUsd: undefined, isPriced: false }],
    ["none where nothing was generated", 503, undefined, "weak", undefined],
    ["none where the answer is an error that says nothing of tokens", 200, failed("error"), "weak", undefined],
  ] as const)("the cost is %s", (_what, responseCode, usage, upstreamCluster, cost) => {
    const joined = join();
    joined.decided("a", STRONG);
    joined.entry(entry("a", { responseCode, upstreamCluster }), usage);
    if (cost === undefined) expect(outcomes[0]?.cost).toBeUndefined();
    else expect(outcomes[0]?.cost).toMatchObject(cost);
  });

  test.each([
    ["by its own words", {}, failed("error"), "error"],
    ["where the server ended it early", {}, failed("cut-short"), "cut-short"],
    ["by Envoy's flags, without anybody reading it", { responseFlags: ["UC"] }, undefined, "cut-short"],
    ["not by a flag that an earlier attempt left", { responseFlags: ["UC"], attempts: 2 }, undefined, undefined],
    ["not where the client left", { responseFlags: ["DC"] }, undefined, undefined],
    ["not by a flag behind an answer that was complete", { responseFlags: ["UC"] }, reading({}), undefined],
    ["not where the status says it already", { responseCode: 503 }, failed("error"), undefined],
  ] as const)("an answer failed: %s", (_what, fields, read, failure) => {
    const joined = join();
    joined.decided("a", STRONG);
    joined.entry(entry("a", fields), read);
    expect(outcomes[0]?.failure).toBe(failure);
  });

  test.each([
    ["a file", "/v1/files", "not-json-type", false],
    ["a list of models", "/v1/models", "no-body", false],
    ["embeddings", "/v1/embeddings", "not-a-chat", false],
    ["a response that is cancelled", "/v1/responses/resp_1/cancel", "continued-path", false],
    ["a batch that is made where its file is", "/v1/batches/batch_1", "continued-path-unknown", false],
    ["a follow-up that another process decided", "/v1/responses", "continued", true],
    ["a chat that was too large to be read", "/v1/chat/completions", "body-too-large", true],
    ["a body that cannot be read, on a path that is no chat's", "/upload", "not-utf8", false],
  ])("%s has tokens and cost only as a chat", (_what, path, reason, isChat) => {
    const joined = join();
    joined.decided("a", { decision: { tier: "strong", policy: "none", reason }, measured: undefined });
    joined.entry(entry("a", { path, method: "POST", requestBodyBytes: 50e6, upstreamCluster: "weak" }));
    expect([outcomes[0]?.isChat, outcomes[0]?.cost !== undefined]).toEqual([isChat, isChat]);
  });

  test("is of the model that the answer names", () => {
    const joined = join();
    joined.decided("a", STRONG);
    joined.entry(entry("a"), reading({}));
    joined.decided("b", STRONG);
    joined.entry(entry("b"));
    expect(outcomes.map(({ model }) => model)).toEqual(["glm-5-air", undefined]);
  });

  test("tells the tier decided until it is there", () => {
    const joined = join();
    joined.decided("a", STRONG);
    expect([joined.tierOf("a"), joined.tierOf("b")]).toEqual(["strong", undefined]);
    joined.entry(entry("a"));
    expect(joined.tierOf("a")).toBeUndefined();
  });

  test("a file that passed while sluice was away has no cost", () => {
    join().entry(entry("b", { path: "/v1/files", method: "POST", requestBodyBytes: 50e6, requestHeaders: new Map([["x", "y"]]) }));
    expect(outcomes[0]).toMatchObject({ kind: "unrouted", isChat: false, cost: undefined });
  });

  test("that comes twice counts once", () => {
    const joined = join();
    joined.decided("a", STRONG);
    for (let i = 0; i < 3; i++) joined.entry(entry("a"));
    expect([outcomes.length, ignored]).toEqual([1, ["duplicate", "duplicate"]]);
  });

  test("from a cluster of no tier names no tier and is no fallback", () => {
    const joined = join();
    joined.decided("a", STRONG);
    joined.entry(entry("a", { upstreamCluster: "" }));
    expect(outcomes[0]?.served).toMatchObject({ tier: undefined, fellBack: false });
  });
});

describe("a decision whose entry never comes", () => {
  test("is given up when it is too old, and its entry is late then", () => {
    const joined = join();
    joined.decided("a", STRONG);
    clock = 999;
    joined.expire();
    expect(outcomes).toEqual([]);
    clock = 1000;
    joined.expire();
    joined.entry(entry("a"));
    expect([outcomes, ignored]).toEqual([
      [{ kind: "unknown", requestId: "a", decided: STRONG, served: undefined, isChat: true, failure: undefined, cost: undefined }],
      ["late"],
    ]);
  });

  test("is given up when there are too many, oldest first", () => {
    const joined = join(2);
    for (const id of ["a", "b", "c"]) joined.decided(id, STRONG);
    expect(outcomes).toMatchObject([{ kind: "unknown", requestId: "a" }]);
    expect(joined.waiting).toBe(2);
  });

  test("is given up when its id is used again meanwhile", () => {
    const joined = join();
    joined.decided("a", STRONG);
    joined.decided("a", { ...STRONG, decision: { ...DECISION, tier: "weak" } });
    joined.entry(entry("a"));
    expect(outcomes).toMatchObject([{ kind: "unknown" }, { kind: "joined", decided: { decision: { tier: "weak" } } }]);
  });

  test("need not wait with many others as long as there is no access log", () => {
    const joined = join(3, 1);
    for (const id of ["a", "b"]) joined.decided(id, STRONG);
    expect(joined.waiting).toBe(1);
    joined.entry(entry("b"));
    for (const id of ["c", "d", "e"]) joined.decided(id, STRONG);
    expect(joined.waiting).toBe(3);
    expect(outcomes).toMatchObject([
      { kind: "unknown", requestId: "a" },
      { kind: "joined", requestId: "b" },
    ]);
  });

  test("is unknown at once where so many were in vain, until an entry comes after all", () => {
    const joined = join(3, 2);
    for (const id of ["a", "b", "c", "d", "e"]) joined.decided(id, STRONG);
    expect(outcomes.map(({ requestId }) => requestId)).toEqual(["a", "b", "c", "e"]);
    expect(joined.waiting).toBe(1);
    joined.entry(entry("d"));
    joined.decided("f", STRONG);
    joined.entry(entry("f"));
    expect(outcomes.slice(4)).toMatchObject([
      { kind: "joined", requestId: "d" },
      { kind: "joined", requestId: "f" },
    ]);
  });

  test("is given up at the end", () => {
    const joined = join();
    joined.decided("a", STRONG);
    joined.close();
    expect(outcomes).toMatchObject([{ kind: "unknown" }]);
  });
});

test("whatever comes in whatever order, every decision gets one outcome and every entry an outcome or a reason to be left out", () => {
  const step = fc.record({ what: fc.constantFrom("decided", "entry", "expire"), id: fc.constantFrom("a", "b", "c", "d"), ms: fc.nat(700) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), fc.nat(4), (steps, maxWaiting, unlogged) => {
      outcomes = [];
      ignored = [];
      clock = 0;
      const joined = join(maxWaiting, unlogged);
      const count = { decided: 0, entry: 0 };
      for (const { what, id, ms } of steps) {
        clock += ms;
        if (what === "expire") joined.expire();
        else if (what === "decided") joined.decided(id, STRONG);
        else joined.entry(entry(id));
        if (what !== "expire") count[what as keyof typeof count]++;
        expect(joined.waiting).toBeLessThanOrEqual(maxWaiting);
      }
      joined.close();
      const kinds = (kind: string) => outcomes.filter((outcome) => outcome.kind === kind).length;
      expect(kinds("joined") + kinds("unknown")).toBe(count.decided);
      expect(kinds("joined") + kinds("elsewhere") + ignored.length).toBe(count.entry);
    }),
  );
});
