// A consensus: the first answer is kept, the second passes where it says the same, and else the third is asked.
import { expect, test } from "vitest";
import { type CascadeSettings, cascadeJudge, type Judged } from "../../../src/answer/cascade/cascade.ts";
import { answerJudges } from "../../../src/answer/checks/judges.ts";

const SETTINGS: CascadeSettings = {
  steps: ["a", "b", "dear"],
  hold: { bytes: 1, tokens: 1, ms: 1 }, // of other cascades
  maxShare: 1,
  judges: answerJudges([{ check: "refusal" }, { check: "truncated" }]),
  consensus: { similarity: 0.8, ms: 30_000 },
};
const REQUEST = Buffer.from(JSON.stringify({ messages: [{ role: "user", content: "How many?" }] }));

function begin(settings: Partial<CascadeSettings> = {}) {
  const told: Judged[] = [];
  const { judge } = cascadeJudge({
    settings: () => ({ ...SETTINGS, ...settings }),
    now: () => 0,
    onJudged: (judged) => void told.push(judged),
  });
  const answerOf = (attempt: number, id: string | null = "r", given: Readonly<Record<string, string>> = {}) =>
    judge(
      { requestId: id ?? undefined, attempts: "a,b,dear,a", attempt, requestBody: REQUEST },
      new Map(Object.entries({ ":status": "200", "content-type": "text/event-stream", ...given })),
    );
  return { told, answerOf, results: () => told.map(({ tier, result, reason }) => [tier, result, reason]) };
}

type Held = NonNullable<ReturnType<ReturnType<typeof begin>["answerOf"]>>;

/** Its events, one a word. */
function stream(answer: Held | undefined, words: string, finish = "stop") {
  const event = (delta: object, reason: string | null) =>
    Buffer.from(`data: ${JSON.stringify({ object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`);
  for (const word of words.split(/(?<= )/)) {
    const verdict = answer?.piece(event({ content: word }, null));
    if (verdict !== "hold") return verdict;
  }
  const verdict = answer?.piece(event({}, finish));
  return verdict === "hold" ? answer?.ended() : verdict;
}

const LONG = "Let us count them one by one. ".repeat(40);

test.each<[string, string, string, "pass" | "ask-next", string | undefined]>([
  ["the same number: the second passes", `${LONG}\nThe answer is 12.`, "The answer is 12", "pass", undefined],
  ["another number: the third is asked", "The answer is 12.", "The answer is 13.", "ask-next", "disagreement"],
  ["both refuse: the third is asked", "I cannot help with that.", "I cannot help with that.", "ask-next", "nothing-to-compare"],
  ["the second refuses", "The answer is 12.", "I cannot help with that.", "ask-next", "refusal"],
])("%s", (_what, first, second, verdict, reason) => {
  const { answerOf, results } = begin();
  expect(stream(answerOf(1), first)).toBe("ask-next");
  expect(stream(answerOf(2), second)).toBe(verdict);
  expect(results().at(-1)).toEqual(["b", verdict === "pass" ? "accepted" : "refused", reason]);
  expect(answerOf(3)).toBeUndefined(); // not judged
});

test("the first is paid for, and told apart from one that was bad", () => {
  const { answerOf, told } = begin();
  stream(answerOf(1), "The answer is 12.");
  expect(told).toMatchObject([{ tier: "a", result: "kept", reason: "to-compare", thrownAway: { events: 5 } }]);
  stream(answerOf(1), "The answer is", "length");
  expect(told[1]).toMatchObject({ result: "kept", reason: "truncated" });
});

test("where the first was bad the second is thrown away by its first piece", () => {
  const { answerOf } = begin();
  expect(stream(answerOf(1), "I cannot help with that. And more.")).toBe("ask-next");
  expect(answerOf(2)?.piece(Buffer.from("data: {"))).toBe("ask-next");
});

test("an error in the place of the first is no answer to agree with", () => {
  const { answerOf, results } = begin();
  expect(answerOf(1, "r", { ":status": "500" })).toBeUndefined();
  expect(stream(answerOf(2), "The answer is 12.")).toBe("ask-next");
  expect(results()).toEqual([["b", "refused", "nothing-to-compare"]]);
});

test("a second whose first is not known passes, counted; as does each of a request without an id", () => {
  const { answerOf, results } = begin();
  stream(answerOf(1), "The answer is 12.");
  expect([answerOf(2, "other"), answerOf(1, null), answerOf(2, null)]).toEqual([undefined, undefined, undefined]);
  expect(results().slice(1)).toEqual(["b", "a", "b"].map((tier) => [tier, "unmatched", undefined]));
});

test("a stream is held to its end, and so long; then the last tier is asked", () => {
  const { answerOf, results } = begin();
  const first = answerOf(1);
  expect([first?.holdMs, first?.piece(Buffer.from("data: {}\n\n".repeat(500))), first?.expired()]).toEqual([30_000, "hold", "ask-next"]);
  expect(answerOf(2)?.piece(Buffer.from("d"))).toBe("ask-next");
  stream(answerOf(1), "The answer is 12.");
  expect(answerOf(2)?.expired()).toBe("ask-next");
  expect(results().map(([, , reason]) => reason)).toEqual(["too-long", "nothing-to-compare", "to-compare", "too-long"]);
});

test("firsts do not count in the share that may be thrown away", () => {
  const { answerOf, results } = begin({ maxShare: 0.05 }); // one of 20
  const pair = (second: string) => [stream(answerOf(1), "The answer is 12."), stream(answerOf(2), second)];
  expect(pair("The answer is 13.")).toEqual(["ask-next", "ask-next"]);
  expect(pair("The answer is 13.")).toEqual(["ask-next", "pass"]);
  expect(results().at(-1)).toEqual(["b", "over-share", "disagreement"]);
});

test("a first whose client goes away is not kept", () => {
  const { answerOf, results } = begin();
  const first = answerOf(1);
  first?.piece(Buffer.from("data: {}\n\n"));
  first?.closed();
  expect(answerOf(2)).toBeUndefined();
  expect(results().map(([, result]) => result)).toEqual(["gone", "unmatched"]);
});
