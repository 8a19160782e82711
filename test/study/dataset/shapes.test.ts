import { describe, expect, test } from "vitest";
import { parseTierWords } from "../../../src/study/dataset/labels.ts";
import { bodyOf, columns, dataFile, errorOf, examplesOf } from "./files.ts";

const user = (content: string) => ({ role: "user", content });
const MODELS = { models: parseTierWords("--models", ["weak=small", "strong=large,huge"]) };

describe("exports of other tools", () => {
  test.each([
    [
      "ShareGPT",
      {
        conversations: [
          { from: "human", value: "hi" },
          { from: "gpt", value: "yes" },
        ],
      },
      [user("hi")],
    ],
    [
      "messages in ShareGPT's words",
      {
        messages: [
          { from: "system", value: "s" },
          { from: "human", value: "hi" },
        ],
      },
      [{ role: "system", content: "s" }, user("hi")],
    ],
    ["an OpenAI batch", { custom_id: "1", method: "POST", url: "/v1/chat/completions", body: { messages: [user("hi")] } }, [user("hi")]],
    ["Langfuse, a string", { id: "1", input: "hi", output: "yes" }, [user("hi")]],
    ["Langfuse, messages", { id: "1", input: [user("hi")], output: "yes" }, [user("hi")]],
    ["Langfuse, an object with messages", { id: "1", input: { messages: [user("hi")] } }, [user("hi")]],
    [
      "Langfuse, observations",
      {
        id: "1",
        input: null,
        observations: [
          { type: "SPAN", input: "no" },
          { type: "GENERATION", input: [user("hi")] },
        ],
      },
      [user("hi")],
    ],
  ])("%s", async (_, row, messages) => {
    const [example] = await examplesOf([dataFile("shape.jsonl", JSON.stringify({ ...row, label: "weak" }))]);
    expect(bodyOf(example)).toMatchObject({ messages });
  });

  test.each([
    ["model_a", "small", "large", "weak"],
    ["model_b", "small", "large", "strong"],
    ["model_a", "huge", "small", "strong"],
    ["tie", "small", "large", "weak"],
    ["tie (bothbad)", "small", "large", "weak"],
  ])("an arena's winner %s of %s and %s needs %s", async (winner, model_a, model_b, needed) => {
    const row = { model_a, model_b, winner, conversation_a: [user("hi"), { role: "assistant", content: "yes" }], conversation_b: [] };
    const [example] = await examplesOf([dataFile("arena.jsonl", JSON.stringify(row))], MODELS);
    expect(bodyOf(example)).toEqual({ messages: [user("hi")] });
    expect(example?.truth).toEqual({ kind: "label", needed });
  });

  test("an arena's CSV: turns as a list in the prompt, a column for each outcome", async () => {
    const header = "id,model_a,model_b,prompt,response_a,response_b,winner_model_a,winner_model_b,winner_tie\n";
    const file = dataFile("arena.csv", `${header}1,small,large,"[""hi"",""more""]","[""yes"",""no""]","[]",0,1,0\n`);
    const [example] = await examplesOf([file], MODELS);
    expect(bodyOf(example)).toEqual({ messages: [user("hi"), { role: "assistant", content: "yes" }, user("more")] });
    expect(example?.truth).toEqual({ kind: "label", needed: "strong" });
    expect((await errorOf([file])).hint).toContain("--models weak=NAME");
  });

  test("a battle of the newer arena: content in parts, both_bad, which is weak's", async () => {
    const conversation_a = [{ role: "user", content: [{ type: "text", text: "hi", image: null, mimeType: null }] }];
    const row = { model_a: "small", model_b: "large", winner: "both_bad", conversation_a };
    const [example] = await examplesOf([dataFile("arena.jsonl", JSON.stringify(row))], MODELS);
    expect(bodyOf(example)).toEqual({ messages: conversation_a });
    expect(example?.truth).toEqual({ kind: "label", needed: "weak" });
  });

  test.each([
    ["score.jsonl", JSON.stringify({ id: "1", input: "hi", difficulty: ["hard"] })],
    ["score.csv", 'id,input,difficulty\n1,hi,"[""hard""]"\n'],
  ])("Langfuse's list of one score is that score: %s", async (name, text) => {
    const labels = parseTierWords("--labels", ["weak=easy", "strong=hard"]);
    const [example] = await examplesOf([dataFile(name, text)], { labels, ...columns("label=difficulty") });
    expect(example?.truth).toEqual({ kind: "label", needed: "strong" });
  });

  test("of several scores none is chosen", async () => {
    const file = dataFile("scores.jsonl", JSON.stringify({ id: "1", input: "hi", label: ["weak", "strong"] }));
    expect((await errorOf([file])).message).toContain('column "label": expected weak or strong, found [');
  });

  test.each([
    ["easy", "weak"],
    [0, "weak"],
    ["HARD", "strong"],
    [1, "strong"],
    ["strong", "strong"],
  ])("the label %j is mapped to %s", async (label, needed) => {
    const labels = parseTierWords("--labels", ["weak=easy,0", "strong=hard,1"]);
    const [example] = await examplesOf([dataFile("labels.jsonl", JSON.stringify({ prompt: "p", label }))], { labels });
    expect(example?.truth).toEqual({ kind: "label", needed });
  });

  test.each([["easy"], ["weak=a"], ["weak=a,strong=a"], ["weak=,strong=b"]])("--labels %s is refused", (text) => {
    expect(() => parseTierWords("--labels", [text])).toThrow("--labels: ");
  });
});

describe("what cannot be read is told, never judged as empty", () => {
  test.each([
    ['{"messages":[{"speaker_id":1,"utterance":"hi"}]}', 'column "messages", message 1: expected a role', /./],
    ['{"messages":[{"role":"user"}]}', 'column "messages", message 1: expected content', /./],
    ['{"messages":[{"role":"user","content":"a"},{"content":"b"}]}', "message 2: expected a role", /./],
    ['{"request":{"messages":[{"author":"me","body":"hi"}]}}', 'column "request", message 1: expected a role', /./],
    ['{"conversations":[{"from":"martian","value":"hi"}]}', "expected human, gpt, system or tool", /./],
    ['{"prompt":[{"role":"user","content":"hi"}]}', 'column "prompt": expected text', /--columns messages=prompt/],
    [String.raw`{"prompt":"[{\"role\":\"user\",\"content\":\"hi\"}]"}`, "found messages in JSON", /--columns messages=prompt/],
    [String.raw`{"prompt":"{\"model\":\"m\",\"messages\":[]}"}`, "found a request in JSON", /--columns request=prompt/],
    ['{"messages":{"messages":[]}}', 'column "messages"', /--columns request=messages/],
    ['{"chat":[{"role":"user","content":"hi"}]}', 'expected a column "prompt"', /--columns messages=chat/],
    ['{"payload":{"messages":[]}}', 'expected a column "prompt"', /--columns request=payload/],
    ['{"custom_id":"1","response":{"body":{}}}', "found its answers", /input file/],
  ])("%s", async (row, message, hint) => {
    const error = await errorOf([dataFile("wrong.jsonl", row)]);
    expect(error.message).toContain(message);
    expect(error.hint).toMatch(hint);
  });
});

describe("files", () => {
  const rows = [
    { prompt: 'a ] } " \\', label: "weak" },
    { prompt: "b", label: "strong" },
  ];

  test.each([
    ["a list on one line", JSON.stringify(rows)],
    ["a list over many lines", JSON.stringify(rows, null, 2)],
    ["an object that holds the list", JSON.stringify({ version: 1, data: rows }, null, 2)],
  ])("%s is read row by row, however it is cut", async (_, text) => {
    const stdin = (async function* () {
      for (const byte of Buffer.from(text)) yield Buffer.from([byte]);
    })();
    expect((await examplesOf(["-"], { stdin })).map(bodyOf)).toEqual(rows.map(({ prompt }) => ({ messages: [user(prompt)] })));
    expect(await examplesOf([dataFile("list.json", text)])).toHaveLength(2);
  });

  test("a list that is cut off, and an item that is none, say so with their line", async () => {
    expect((await errorOf([dataFile("cut.json", '[\n{"prompt":"a","label":"weak"},\n{"prompt"')])).message).toBe(
      "cut.json:3: expected the end of the list, found the end of the file",
    );
    expect((await errorOf([dataFile("item.json", "[\n7]")])).message).toBe("item.json:2: expected a JSON object, found 7");
  });

  test.each([
    ["semicolons", "s.csv", 'prompt;label\n"a;b, c";weak\n'],
    ["tabs in a .csv", "t.csv", "prompt\tlabel\na;b, c\tweak\n"],
    ["commas in a .tsv", "c.tsv", 'prompt,label\n"a;b, c",weak\n'],
  ])("%s are found by the header", async (_, name, text) => {
    expect((await examplesOf([dataFile(name, text)])).map(bodyOf)).toEqual([{ messages: [user("a;b, c")] }]);
  });

  test("a number with a comma for its point is a score", async () => {
    const [example] = await examplesOf([dataFile("comma.csv", "prompt;weak;strong\np;0,5;1,0\n")]);
    expect(example?.truth).toEqual({ kind: "scores", weak: 0.5, strong: 1 });
    expect((await errorOf([dataFile("comma.csv", "prompt;weak;strong\np;0,5,1;1\n")])).message).toContain('column "weak"');
  });

  test("an item of a list that is too long is told, or skipped, and the next is read", async () => {
    const list = [{ prompt: "x".repeat(2000), label: "weak" }, rows[1]];
    const file = dataFile("long.json", JSON.stringify(list, null, 1));
    expect((await errorOf([file], { maxRowBytes: 1000 })).message).toBe(
      "long.json:2: expected a line of at most 1000 bytes, found a longer one",
    );
    expect((await examplesOf([file], { maxRowBytes: 1000, skipBad: true })).map(bodyOf)).toEqual([{ messages: [user("b")] }]);
  });

  test("messages in a cell are read where they are named", async () => {
    const file = dataFile("cell.csv", 'prompt,label\n"[{""role"":""user"",""content"":""hi""}]",weak\n');
    expect((await examplesOf([file], columns("messages=prompt"))).map(bodyOf)).toEqual([{ messages: [user("hi")] }]);
  });
});
