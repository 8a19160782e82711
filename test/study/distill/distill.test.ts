import { describe, expect, test } from "vitest";
import { type DistillSettings, distill } from "../../../src/study/distill/distill.ts";
import { type LessonFormat, lessonLine } from "../../../src/study/distill/lesson-formats.ts";
import type { Json, LoopRow } from "../../../src/study/loop/loop-row.ts";

const SETTINGS: DistillSettings = {
  teacher: "strong",
  weakAtMost: 0.4,
  strongAtLeast: 0.6,
  mask: (value) => value,
  validationShare: 0,
  seed: 1,
};

function row(id: string, prompt: string, more: Partial<LoopRow> = {}): LoopRow {
  return {
    id,
    request: { model: "m", messages: [{ role: "user", content: prompt }] },
    answers: { weak: { text: "wrong" }, strong: { text: `right about ${id}`, finish: "stop" } },
    weak: 0,
    strong: 1,
    ...more,
  };
}

const asked = (prompt: string) => row("r-1", prompt);
const request = (...messages: readonly Json[]) => ({ request: { messages } });

describe("rows that teach", () => {
  test.each<[string, Partial<LoopRow>, string | undefined]>([
    ["scores by which weak failed and strong did not", {}, undefined],
    ["scores at the bounds", { weak: 0.4, strong: 0.6 }, undefined],
    ["a weak answer that was good enough", { weak: 0.41 }, "weak did well enough"],
    ["a strong answer that failed too", { strong: 0.59 }, "strong failed too"],
    ["no verdict", { weak: undefined, strong: undefined } as unknown as Partial<LoopRow>, "nobody judged it"],
    ["people, who count before scores", { labels: [{ by: "ana", needed: "weak", better: "tie" }] }, "weak did well enough"],
    ["people for strong, whatever the scores say", { weak: 1, strong: 0, labels: [{ by: "ana", needed: "strong" }] }, undefined],
    ["people who let neither answer stand", { labels: [{ by: "ana", better: "tie" }] }, "strong failed too"],
    [
      "people who differ",
      {
        labels: [
          { by: "ana", needed: "weak" },
          { by: "ben", needed: "strong" },
        ],
      },
      "people differ",
    ],
    ["a judge, whom scores go before", { labels: [{ by: "judge", better: "weak" }] }, undefined],
    ["an answer that is missing", { answers: { weak: { text: "wrong" } } }, "strong's answer is missing"],
    ["an answer that failed", { answers: { strong: { text: "", error: "503" } } }, "strong's answer is missing"],
    [
      "an answer that was cut off",
      { answers: { strong: { text: "right ab", finish: "length" } } },
      "strong's answer was cut off or refused",
    ],
    [
      "an answer begun",
      request({ role: "user", content: "Hi" }, { role: "assistant", content: "Wel" }),
      "the request ends with an answer begun",
    ],
    [
      "a picture",
      request({
        role: "user",
        content: [
          { type: "text", text: "What is it?" },
          { type: "image_url", image_url: { url: "data:," } },
        ],
      }),
      "the request holds more than text",
    ],
    ["nothing asked", request({ role: "system", content: "Be brief." }), "the request holds no text"],
  ])("are told by %s", async (_, more, reason) => {
    const { train, leftOut } = await distill([row("r-1", "Hi", more)], SETTINGS);
    expect([train.length, [...leftOut.keys()]]).toEqual(reason === undefined ? [1, []] : [0, [reason]]);
  });

  test("may be told by a label or by a judge alone", async () => {
    const { weak: _weak, strong: _strong, ...bare } = row("r-1", "One");
    const judged = { ...bare, request: { prompt: "Two" }, labels: [{ by: "judge", better: "strong" }] } as const;
    expect((await distill([{ ...bare, label: "strong" }, judged], SETTINGS)).train).toHaveLength(2);
  });

  test("are each taken once, whatever their spaces and letters", async () => {
    const rows = ["Prove it.", "prove  it.", "Ｐrove\nit.", "Prove that."].map(asked);
    const { train, leftOut } = await distill(rows, SETTINGS);
    expect([train.map(({ asked: text }) => text), leftOut.get("the same as another")]).toEqual([["Prove it.", "Prove that."], 2]);
  });

  test("are masked in the request and in the answer before anything else is done with them", async () => {
    const mask = (value: Json): Json => JSON.parse(JSON.stringify(value).replaceAll("ana@example.com", "[email]")) as Json;
    const rows = [row("r-1", "Write to ana@example.com", { answers: { strong: { text: "To ana@example.com: hello" } } })];
    const { train } = await distill(rows, { ...SETTINGS, mask });
    expect(train.map((lesson) => lessonLine(lesson, "openai")).join("")).toBe(
      `{"messages":[{"role":"user","content":"Write to [email]"},{"role":"assistant","content":"To [email]: hello"}]}\n`,
    );
  });
});

describe("what is kept aside", () => {
  const topics = ["prime numbers", "the Baltic sea", "compilers", "sourdough bread", "violin strings", "tax law", "gardens", "glaciers"];
  const rows = topics.flatMap((topic, at) =>
    Array.from({ length: 1 + (at % 4) }, (_, copy) => row(`${topic}-${copy}`, `${`${topic}: `.repeat(8)}version ${copy}`)),
  );
  const texts = (lessons: readonly { readonly asked: string }[]) =>
    new Set(lessons.map(({ asked: text }) => text.replace(/version.*/, "")));

  test.each([1, 2, 3, 4, 5])("is near its share and holds nothing that is nearly in the rest, with the seed %d", async (seed) => {
    const { train, validation } = await distill(rows, { ...SETTINGS, validationShare: 0.3, seed });
    expect(train.length + validation.length).toBe(rows.length);
    expect(validation.length).toBeGreaterThanOrEqual(4);
    expect(validation.length).toBeLessThanOrEqual(6);
    expect([...texts(validation)].filter((text) => texts(train).has(text))).toEqual([]);
  });

  test("is nothing where all are alike: half a cluster would show what was learnt by heart", async () => {
    const alike = rows.map(({ id }) => row(id, `Explain to me in the simplest words there are, step by step, what follows from ${id}`));
    expect((await distill(alike, { ...SETTINGS, validationShare: 0.3 })).validation).toEqual([]);
  });

  test("is the same for the same seed, and another for another", async () => {
    const aside = async (seed: number) => (await distill(rows, { ...SETTINGS, validationShare: 0.3, seed })).validation;
    expect(await aside(1)).toEqual(await aside(1));
    expect(await aside(1)).not.toEqual(await aside(2));
  });
});

const TOOL = { name: "weather", description: "of a city", input_schema: { type: "object", properties: { city: { type: "string" } } } };
const AGENT: LoopRow = {
  ...row("r-1", ""),
  request: {
    system: "Be brief.",
    tools: [TOOL],
    messages: [
      { role: "user", content: "Weather in Oslo?" },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Let me see" },
          { type: "text", text: "I ask." },
          { type: "tool_use", id: "c1", name: "weather", input: { city: "Oslo" } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "c1", content: "rain" },
          { type: "text", text: "And Bergen?" },
        ],
      },
    ],
  },
  answers: { strong: { text: `Let me look.\n{"tool":"weather","arguments":{"city":"Bergen"}}`, finish: "tool_use" } },
};

const OFFERED = [{ type: "function", function: { name: "weather", description: "of a city", parameters: TOOL.input_schema } }];
const called = (id: string, args: unknown) => ({ id, type: "function", function: { name: "weather", arguments: args } });

describe("lessons in files", () => {
  async function lineOf(format: LessonFormat, from = AGENT): Promise<unknown> {
    const { train } = await distill([from], SETTINGS);
    return train.map((lesson) => JSON.parse(lessonLine(lesson, format)) as unknown)[0];
  }
  const earlier = (args: unknown) => [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Weather in Oslo?" },
    { role: "assistant", content: "I ask.", tool_calls: [called("c1", args)] },
    { role: "tool", tool_call_id: "c1", content: "rain" },
    { role: "user", content: "And Bergen?" },
  ];
  const answer = (args: unknown) => ({ role: "assistant", content: "Let me look.", tool_calls: [called("call_1", args)] });

  test("are OpenAI's: calls with their arguments as JSON, tools, and no weight on earlier answers", async () => {
    const messages = earlier('{"city":"Oslo"}').map((message) => (message.role === "assistant" ? { ...message, weight: 0 } : message));
    expect(await lineOf("openai")).toEqual({ messages: [...messages, answer('{"city":"Bergen"}')], tools: OFFERED });
  });

  test("are Hugging Face's: prompt and completion, or messages, with arguments as values", async () => {
    const [before, after] = [earlier({ city: "Oslo" }), answer({ city: "Bergen" })];
    expect(await lineOf("trl")).toEqual({ prompt: before, completion: [after], tools: OFFERED });
    expect(await lineOf("trl-messages")).toEqual({ messages: [...before, after], tools: OFFERED });
  });

  test("hold a call without words as one, and what only looks like a call as text", async () => {
    const text = `{"tool":"weather","arguments":{"city":"Bergen"}}`;
    const bare = await lineOf("trl", { ...AGENT, answers: { strong: { text } } });
    expect((bare as { completion: unknown[] }).completion).toEqual([
      { role: "assistant", tool_calls: [called("call_1", { city: "Bergen" })] },
    ]);
    const toolless = await lineOf("trl", row("r-2", "Show me a call", { answers: { strong: { text } } }));
    expect((toolless as { completion: unknown[] }).completion).toEqual([{ role: "assistant", content: text }]);
  });

  test("hold a text and its calls as one message where the Responses API has several items", async () => {
    const items: Json = [
      { role: "user", content: "Both cities?" },
      { role: "assistant", content: [{ type: "output_text", text: "I ask." }] },
      { type: "function_call", call_id: "a", name: "weather", arguments: '{"city":"Oslo"}' },
      { type: "function_call", call_id: "b", name: "weather", arguments: '{"city":"Bergen"}' },
      { type: "function_call_output", call_id: "a", output: "rain" },
      { type: "function_call_output", call_id: "b", output: "sun" },
    ];
    const { prompt } = (await lineOf("trl", row("r-3", "", { request: { input: items } }))) as { prompt: readonly object[] };
    expect(prompt).toEqual([
      { role: "user", content: "Both cities?" },
      { role: "assistant", content: "I ask.", tool_calls: [called("a", { city: "Oslo" }), called("b", { city: "Bergen" })] },
      { role: "tool", tool_call_id: "a", content: "rain" },
      { role: "tool", tool_call_id: "b", content: "sun" },
    ]);
  });
});
