// The verifier as a check: when it speaks, and of what it says nothing.
import { describe, expect, test } from "vitest";
import type { Judgement } from "../../../src/answer/checks/judge.ts";
import { answerJudges } from "../../../src/answer/checks/judges.ts";
import { events } from "../answers.ts";
import { FORMS } from "../checks/said-in.ts";
import { aVerifier } from "./a-verifier.ts";

const verifier = { id: "v", ...aVerifier("hedges", 2) };
const UNSURE = "However, it might be 4, or maybe 5, or perhaps 6.";
const ASKED = { messages: [{ role: "user", content: "What is 2 + 2?" }] };

function judged(
  answer: string,
  request: object | undefined,
  threshold = 0.5,
  why: "ended" | "held" = "ended",
  weighing: "plain" | "weighed" = "plain",
): Judgement {
  const judge = answerJudges([{ check: "verifier", verifier, threshold, weighing }]).judge({
    status: 200,
    contentType: "",
    request: request && Buffer.from(JSON.stringify(request)),
  });
  return judge.push(Buffer.from(answer)) ?? judge.settle(why);
}

describe.each(FORMS)("%s", (_form, answerOf) => {
  test("an answer that is hardly right", () => {
    expect(judged(answerOf({ text: UNSURE }), ASKED)).toEqual({
      isGood: false,
      reason: "verifier",
      detail: "it is right with a probability of 0.10, below 0.50",
    });
  });

  test.each([
    ["an answer that is probably right", { text: "It is 4." }, ASKED],
    ["a call of a tool", { text: UNSURE, call: { name: "add", json: "{}" } }, ASKED],
    ["an answer whose request is not known", { text: UNSURE }, undefined],
    ["an answer to a request without a question", { text: UNSURE }, { messages: [] }],
    ["an answer without words", {}, ASKED],
  ])("nothing against %s", (_what, said, request) => {
    expect(judged(answerOf(said), request)).toEqual({ isGood: true });
  });
});

test("a lower threshold lets more through", () => {
  expect(judged(FORMS[0]?.[1]({ text: UNSURE }) ?? "", ASKED, 0.05)).toEqual({ isGood: true });
});

test("weighed by its cost, a long answer passes that a short one of the same form would not", () => {
  const long = `${UNSURE} ${"It is so. ".repeat(10)}`;
  const answer = (text: string) => FORMS[0]?.[1]({ text }) ?? "";
  expect(judged(answer(UNSURE), ASKED, 0.5, "ended", "weighed").isGood).toBe(false);
  expect(judged(answer(long), ASKED, 0.5, "ended", "plain").isGood).toBe(false);
  expect(judged(answer(long), ASKED, 0.5, "ended", "weighed").isGood).toBe(true);
});

test("nothing against a stream of which more would come: it was trained on whole answers", () => {
  expect(judged(events({ choices: [{ index: 0, delta: { content: UNSURE } }] }), ASKED, 0.5, "held")).toEqual({ isGood: true });
});
