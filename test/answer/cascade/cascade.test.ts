// A cascade's judge: which answers are judged, how long each is held, what is thrown away, and what is told of it.
import { describe, expect, test } from "vitest";
import { type CascadeSettings, cascadeJudge, type Judged, type JudgedAttempt } from "../../../src/answer/cascade/cascade.ts";
import { MAX_WHOLE_BYTES } from "../../../src/answer/cascade/hold.ts";
import type { AnswerJudges } from "../../../src/answer/checks/judge.ts";

/** Bad is what has `bad` in it, at once; or `poor`, when nothing more is waited for. */
const JUDGES: AnswerJudges = {
  judge() {
    let text = "";
    return {
      push(piece) {
        text += Buffer.from(piece).toString();
        return text.includes("bad") ? { isGood: false, reason: "bad" } : text.includes("fine") ? { isGood: true } : undefined;
      },
      settle: (why) => (text.includes("poor") ? { isGood: false, reason: why } : { isGood: true }),
    };
  },
};

const HOLD = { bytes: 200, tokens: 4, ms: 500 };
const ATTEMPT: JudgedAttempt = { requestId: "r", attempts: "weak,mid,strong,weak", attempt: 1, requestBody: undefined };
const headers = (given: Readonly<Record<string, string>> = {}) =>
  new Map(Object.entries({ ":status": "200", "content-type": "text/event-stream", ...given }));
const event = (text: string) => Buffer.from(`data: ${text}\n\n`);

function begin(settings: Partial<CascadeSettings> | "none" = {}) {
  const told: Judged[] = [];
  let now = 1000;
  const given =
    settings === "none"
      ? undefined
      : { steps: ["weak", "mid", "strong"], hold: HOLD, maxShare: 1, judges: JUDGES, consensus: undefined, ...settings };
  const { judge } = cascadeJudge({ settings: () => given, now: () => now, onJudged: (judged) => told.push(judged) });
  return {
    told,
    wait(ms: number) {
      now += ms;
    },
    judge: (attempt: Partial<JudgedAttempt> = {}, given: Readonly<Record<string, string>> = {}) =>
      judge({ ...ATTEMPT, ...attempt }, headers(given)),
  };
}

describe("which answers are judged", () => {
  test.each<[string, Partial<JudgedAttempt>, boolean]>([
    ["the first tier's", {}, true],
    ["the second's", { attempt: 2 }, true],
    ["not the last tier's", { attempt: 3 }, false],
    ["not the last attempt's", { attempt: 4 }, false],
    ["not one of an attempt that is not known", { attempt: Number.NaN }, false],
    ["not one behind which nobody is asked", { attempts: "weak" }, false],
    ["not one of a tier that is no step", { attempts: "other,strong" }, false],
  ])("%s", (_which, attempt, isJudged) => {
    expect(begin().judge(attempt) !== undefined).toBe(isJudged);
  });

  test.each<[string, Readonly<Record<string, string>>, string | undefined]>([
    ["an error, which Envoy deals with", { ":status": "503" }, undefined],
    ["a compressed one", { "content-encoding": "gzip" }, "compressed"],
    ["sound", { "content-type": "audio/mpeg" }, "not-text"],
  ])("not %s", (_which, given, result) => {
    const { judge, told } = begin();
    expect(judge({}, given)).toBeUndefined();
    expect(told.map((judged) => judged.result)).toEqual(result === undefined ? [] : [result]);
  });

  test.each(["application/json", "application/json; charset=utf-8", "application/problem+json", "Text/Event-Stream", ""])(
    "one of type %j",
    (type) => void expect(begin().judge({}, { "content-type": type })).toBeDefined(),
  );

  test("none without a cascade", () => void expect(begin("none").judge()).toBeUndefined());
});

describe("how long an answer is held", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ["until it is known to be good", ["data: a\n\n", "data: fine\n\n"], ["hold", "pass"]],
    ["until it is known to be bad", ["data: a\n\n", "data: bad\n\n"], ["hold", "ask-next"]],
    ["a stream so many events", ["data: 1\n\ndata: 2\n\n", "data: 3\n\nda", "ta: 4\r\n", "\r\n"], ["hold", "hold", "hold", "pass"]],
    ["a stream so many bytes", [".".repeat(199), "."], ["hold", "pass"]],
    ["then it is judged by what has come", [`poor${".".repeat(196)}`], ["ask-next"]],
  ])("%s", (_what, pieces, verdicts) => {
    const answer = begin().judge();
    expect(pieces.map((piece) => answer?.piece(Buffer.from(piece)))).toEqual(verdicts);
  });

  test("a stream so many milliseconds, any other until it is whole", () => {
    expect(begin().judge()?.holdMs).toBe(HOLD.ms);
    expect(begin().judge({}, { "content-type": "application/json" })?.holdMs).toBeUndefined();
  });

  test("any other is held whole, unless it is large", () => {
    const answer = begin().judge({}, { "content-type": "application/json" });
    const half = Buffer.alloc(MAX_WHOLE_BYTES / 2, " ");
    expect([answer?.piece(half), answer?.piece(half)]).toEqual(["hold", "pass"]);
  });
});

describe("what is told of an answer", () => {
  const usage = '{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}';

  test("that it was thrown away, why, how long it was held, and what its server said it used", () => {
    const { judge, told, wait } = begin();
    const answer = judge();
    answer?.piece(event(usage));
    wait(40);
    expect(answer?.piece(event("bad"))).toBe("ask-next");
    answer?.closed();
    expect(told).toMatchObject([{ requestId: "r", tier: "weak", result: "refused", reason: "bad", heldMs: 40, thrownAway: { events: 2 } }]);
    expect(told[0]?.thrownAway?.reading.usage).toMatchObject({ inputTokens: 7, outputTokens: 3 });
  });

  test.each<[string, (answer: ReturnType<ReturnType<typeof begin>["judge"]>) => unknown, Partial<Judged>]>([
    ["it was good", (answer) => answer?.piece(event("fine")), { result: "accepted", reason: undefined, thrownAway: undefined }],
    ["it was bad at its end", (answer) => [answer?.piece(event("poor")), answer?.ended()], { result: "refused", reason: "ended" }],
    ["its time was over", (answer) => [answer?.piece(event("poor")), answer?.expired()], { result: "refused", reason: "held" }],
    ["its client went away", (answer) => answer?.piece(event("poor")), { result: "gone", reason: undefined }],
  ])("%s", (_what, act, expected) => {
    const { judge, told } = begin();
    const answer = judge();
    act(answer);
    answer?.closed();
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject(expected);
  });
});

describe("the share of answers that are thrown away", () => {
  const outcomes = (maxShare: number, isBad: (at: number) => boolean, count: number) => {
    const { judge, told } = begin({ maxShare });
    for (let at = 0; at < count; at++) judge()?.piece(event(isBad(at) ? "bad" : "fine"));
    return told.map(({ result }) => result);
  };
  const refused = (results: readonly string[]) => results.filter((result) => result === "refused").length;

  test.each([0, 0.25, 0.5, 1])("stays at %d of the last 200 where all are bad, and the others pass", (maxShare) => {
    const results = outcomes(maxShare, () => true, 1000);
    expect(refused(results.slice(-200))).toBe(200 * maxShare);
    expect(new Set(results)).toEqual(new Set(maxShare === 1 ? ["refused"] : maxShare === 0 ? ["over-share"] : ["refused", "over-share"]));
  });

  test("is not looked at where it is below", () => {
    expect(outcomes(0.5, (at) => at % 3 === 0, 600).filter((result) => result === "over-share")).toEqual([]);
  });

  test("the first answers may be thrown away, of which there is no share yet", () => {
    expect(refused(outcomes(0.5, () => true, 10))).toBe(10);
  });

  test("old ones are forgotten", () => {
    const results = outcomes(0.5, (at) => at < 400, 1000);
    expect(refused(outcomes(0.5, (at) => at < 400 || at >= 900, 1000).slice(900))).toBe(100);
    expect(refused(results.slice(400))).toBe(0);
  });
});
