// What the judge has against answers of every interface, whole and streamed, cut anywhere; and how early it says so.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Judgement } from "../../../src/answer/checks/judge.ts";
import { answerJudges } from "../../../src/answer/checks/judges.ts";
import { type CheckSettings, DEFAULT_CHECKS } from "../../../src/answer/checks/list.ts";
import { events } from "../answers.ts";
import { FORMS, REFUSAL_FORMS, type Said, TEXT_FORMS } from "./said-in.ts";

const WEATHER = {
  type: "object",
  properties: { city: { type: "string" }, days: { type: "integer", minimum: 1 } },
  required: ["city"],
  additionalProperties: false,
};
/** One request that every interface's reader finds its own in. */
const asking = (more: object = {}) => ({
  messages: [{ role: "user", content: "What will the weather be like in Bern, and should I take an umbrella with me?" }],
  ...more,
});
const TOOLS = { tools: [{ type: "function", function: { name: "weather", parameters: WEATHER } }] };

interface Judging {
  readonly request?: object;
  readonly accept?: readonly CheckSettings[];
  readonly cuts?: readonly number[];
  readonly why?: "ended" | "held";
}

function judged(answer: string, { request, accept = DEFAULT_CHECKS, cuts = [], why = "ended" }: Judging = {}): Judgement {
  const judge = answerJudges(accept).judge({
    status: 200,
    contentType: "",
    request: request && Buffer.from(JSON.stringify(request)),
  });
  const bytes = Buffer.from(answer);
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < at.length; i++) {
    const said = judge.push(bytes.subarray(at[i - 1], at[i]));
    if (said !== undefined) return said;
  }
  return judge.settle(why);
}

const reasonOf = (judgement: Judgement) => (judgement.isGood ? "good" : judgement.reason);
const LOOP = "We take the first and add the second, and we take the first and add the second. ".repeat(20);
const GERMAN =
  "Das Wetter in Bern wird in den nächsten Tagen nicht sehr schön sein. Es wird auch am Abend regnen, und ich würde " +
  "einen Schirm mitnehmen, denn die Wolken sind schon da und der Wind wird sich auch nicht mehr drehen.";

const CASES: readonly (readonly [what: string, said: Said, request: object | undefined, expected: string])[] = [
  ["an ordinary answer", { text: "Take an umbrella: it will rain in the afternoon." }, asking(), "good"],
  ["an ordinary call", { call: { name: "weather", json: '{"city":"Bern","days":2}' } }, asking(TOOLS), "good"],
  ["words, then a call", { text: "Let me look.", call: { name: "weather", json: '{"city":"Bern"}' } }, asking(TOOLS), "good"],
  ["a call without arguments of a tool that takes none", { call: { name: "now", json: "" } }, { tools: [{ name: "now" }] }, "good"],
  ["tokens that ran out", { text: "Take an umb", end: "length" }, asking(), "truncated"],
  ["an answer that was cut off", { text: "Take an umbrella, for", end: "never" }, asking(), "cut-short"],
  ["nothing", {}, asking(), "empty"],
  ["white space", { text: " \n " }, asking(), "empty"],
  ["a tool that was not offered", { call: { name: "forecast", json: '{"city":"Bern"}' } }, asking(TOOLS), "tool"],
  ["arguments that lack what is required", { call: { name: "weather", json: '{"days":1}' } }, asking(TOOLS), "tool"],
  ["arguments of another type", { call: { name: "weather", json: '{"city":"Bern","days":"two"}' } }, asking(TOOLS), "tool"],
  ["arguments that are too many", { call: { name: "weather", json: '{"city":"Bern","unit":"C"}' } }, asking(TOOLS), "tool"],
  ["a call where the request is not known", { call: { name: "forecast", json: "{}" } }, undefined, "good"],
  ["no call where one must be", { text: "It will rain." }, asking({ ...TOOLS, tool_choice: "required" }), "tool"],
  ["a call in the text", { text: '<tool_call>{"name":"weather","arguments":{"city":"Bern"}}' }, asking(TOOLS), "tool"],
  ["no JSON where an object is asked for", { text: "Sure! Here it is" }, asking({ response_format: { type: "json_object" } }), "form"],
  ["JSON where it is asked for", { text: '{"city":"Bern"}' }, asking({ response_format: { type: "json_object" } }), "good"],
  ["a list where an object is asked for", { text: "[1]" }, asking({ response_format: { type: "json_object" } }), "form"],
  [
    "JSON that its schema does not allow",
    { text: '{"days":2}' },
    asking({ response_format: { type: "json_schema", json_schema: { name: "w", schema: WEATHER } } }),
    "form",
  ],
  [
    "the same, asked of Responses",
    { text: '{"days":2}' },
    { input: "Bern?", text: { format: { type: "json_schema", schema: WEATHER } } },
    "form",
  ],
  ["a refusal", { text: "I'm sorry, but I can't help with that. Is there anything else?" }, asking(), "refusal"],
  ["the same again and again", { text: LOOP }, asking(), "repetition"],
  ["another language", { text: GERMAN }, asking(), "language"],
  ["another script", { text: "明天下午伯尔尼会下雨,气温大约十五度,请您带上雨伞,穿一件外套,路上注意安全。" }, asking(), "language"],
  ["another language that is asked for", { text: GERMAN }, asking({ system: "Answer in German." }), "good"],
];

describe.each(TEXT_FORMS)("%s", (form, answerOf) => {
  const calls = FORMS.some(([name]) => name === form);

  test.each(CASES.filter(([, said]) => calls || said.call === undefined))("%s", (_what, said, request, expected) => {
    const answer = answerOf(said);
    expect(reasonOf(judged(answer, { ...(request && { request }) }))).toBe(expected);
  });

  test("cut anywhere it comes to the same", () => {
    fc.assert(
      fc.property(fc.constantFrom(...CASES), fc.array(fc.nat(), { maxLength: 6 }), ([, said, request], cuts) => {
        if (!calls && said.call !== undefined) return;
        const answer = answerOf(said);
        const given = request && { request };
        expect(reasonOf(judged(answer, { ...given, cuts }))).toBe(reasonOf(judged(answer, { ...given })));
      }),
      { numRuns: 60 },
    );
  });
});

test.each(REFUSAL_FORMS)("%s: the model's own refusal", (_form, answerOf) => {
  expect(reasonOf(judged(answerOf({ refusal: "That I will not do." }), { request: asking() }))).toBe("refusal");
});

describe("arguments that are no JSON", () => {
  const streamed = FORMS.filter(([form]) => form !== "messages"); // there they come as an object
  test.each(streamed)("%s", (_form, answerOf) => {
    const answer = answerOf({ call: { name: "weather", json: '{"city": "Bern' } });
    expect(judged(answer, { request: asking(TOOLS) })).toEqual({
      isGood: false,
      reason: "tool",
      detail: "weather: its arguments are no JSON object",
    });
  });
});

const chunks = (...texts: readonly string[]) => texts.map((content) => ({ choices: [{ index: 0, delta: { content } }] }));

describe("as early as it can be known", () => {
  const early: readonly (readonly [what: string, answer: string, reason: string])[] = [
    ["a refusal, with its first sentence", events(...chunks("I cannot help ", "with that. ")), "refusal"],
    ["an error in a stream", events(...chunks("It"), { error: { message: "overloaded" } }), "error"],
    ["a page of a proxy", "<html><body>Bad gateway", "error"],
    ["a loop", events(...chunks(LOOP)), "repetition"],
    ["a text where JSON is asked for", events(...chunks("Here")), "form"],
    ["a call with its last piece", FORMS[3]?.[1]({ call: { name: "nothing", json: "{}" } }).split("event: message_delta")[0] ?? "", "tool"],
  ];

  test.each(early)("%s", (_what, answer, reason) => {
    const request = Buffer.from(JSON.stringify(asking({ ...TOOLS, response_format: { type: "json_object" } })));
    const accept = DEFAULT_CHECKS.filter(({ check }) => check === reason);
    expect(answerJudges(accept).judge({ status: 200, contentType: "", request }).push(Buffer.from(answer))).toMatchObject({
      isGood: false,
      reason,
    });
  });

  test("where only refusals are looked for, a good first sentence is enough", () => {
    const judge = answerJudges([{ check: "refusal" }]).judge({ status: 200, contentType: "", request: undefined });
    expect(judge.push(Buffer.from(events(...chunks("It will "))))).toBeUndefined();
    expect(judge.push(Buffer.from(events(...chunks("rain. "))))).toEqual({ isGood: true });
  });
});

describe("what is not known when no more is held", () => {
  test("of a stream that goes on is let through", () => {
    expect(judged(events(...chunks("It will rain")), { request: asking(), why: "held" })).toEqual({ isGood: true });
  });

  test("of JSON is judged by what has come", () => {
    const front = '{"object":"chat.completion","choices":[{"index":0,"message":{"content":"I cannot help you with';
    expect(reasonOf(judged(front, { why: "held" }))).toBe("refusal");
    expect(judged('{"object":"chat.completion","choices":[{"index":0,"message":{"content":"It will', { why: "held" })).toEqual({
      isGood: true,
    });
  });
});

describe("log probabilities", () => {
  const logprobs = { content: Array.from({ length: 10 }, () => ({ token: "a", logprob: -2 })) };
  const answer = JSON.stringify({ choices: [{ index: 0, message: { content: "It will rain." }, logprobs, finish_reason: "stop" }] });

  test.each([
    [-1, "logprob"],
    [-3, "good"],
  ] as const)("a mean of -2 where at least %d is wanted: %s", (least, expected) => {
    expect(reasonOf(judged(answer, { accept: [{ check: "logprob", least }] }))).toBe(expected);
  });

  test("none: nothing is said", () => {
    expect(judged(FORMS[0]?.[1]({ text: "It will rain." }) ?? "", { accept: [{ check: "logprob", least: 0 }] })).toEqual({ isGood: true });
  });
});

describe("nothing is said against", () => {
  test.each([
    ["an answer of another status", 503, '{"error":{"message":"no"}}'],
    ["a list of models", 200, '{"object":"list","data":[{"id":"a"}]}'],
    ["embeddings", 200, '{"object":"list","data":[{"object":"embedding","embedding":[0.1,0.2]}],"model":"e"}'],
    ["thoughts that an answer follows", 200, events(...chunks("<think>I cannot help, I think.", "</think>", "It will rain."), "[DONE]")],
    ["bytes that are no text", 200, "PK\u0003\u0004"],
  ])("%s", (_what, status, answer) => {
    const judge = answerJudges(DEFAULT_CHECKS).judge({ status, contentType: "", request: undefined });
    expect(judge.push(Buffer.from(answer)) ?? judge.settle("ended")).toEqual({ isGood: true });
  });
});

test("no bytes make it throw, and a judgement stays", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }), (pieces) => {
      const judge = answerJudges(DEFAULT_CHECKS).judge({ status: 200, contentType: "", request: Buffer.from("{}") });
      for (const piece of pieces) judge.push(piece);
      const judgement = judge.settle("ended");
      expect(judge.push(Buffer.from("data: {}"))).toBe(judgement);
    }),
  );
});
