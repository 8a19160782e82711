import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readExamples } from "../../../src/study/dataset/read-examples.ts";
import { all, bodyOf, columns, dataFile, examplesOf } from "./files.ts";

const chat = (content: string) => ({ messages: [{ role: "user", content }] });

describe("what a row may hold", () => {
  test("a prompt becomes a chat of one user message", async () => {
    const file = dataFile("prompt.jsonl", '{"prompt":"a \\"b\\"\\n\\u4f60","label":"weak"}\n');
    const [example] = await examplesOf([file]);
    expect(bodyOf(example)).toEqual(chat('a "b"\n你'));
    expect(example).toMatchObject({ truth: { kind: "label", needed: "weak" }, group: undefined, path: undefined, place: `${file}:1` });
  });

  test("messages become a chat, a request stays as it is, with its path", async () => {
    const messages = [{ role: "user", content: "hi" }];
    const request = { model: "m", max_tokens: 5, input: "hi" };
    const file = dataFile(
      "forms.jsonl",
      `${JSON.stringify({ messages, label: "strong" })}\n${JSON.stringify({ request, path: "/v1/responses", label: "weak" })}\n`,
    );
    const examples = await examplesOf([file]);
    expect(examples.map(bodyOf)).toEqual([{ messages }, request]);
    expect(examples.map(({ path }) => path)).toEqual([undefined, "/v1/responses"]);
  });

  test("in CSV, messages and requests are JSON text, and a request's bytes stay as they are", async () => {
    const messages = [{ role: "user", content: 'say "hi", please' }];
    const request = '{"model": "m",  "messages": [{"role": "user", "content": "a, \\"b\\""}], "seed": 12345678901234567890}';
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const file = dataFile("forms.csv", `request,messages,label\n${quoted(request)},,weak\n,${quoted(JSON.stringify(messages))},weak\n`);
    const [first, second] = await examplesOf([file]);
    expect(Buffer.from(first?.body ?? []).toString()).toBe(request);
    expect(bodyOf(second)).toEqual({ messages });
  });

  test.each([
    ["0", 0],
    ["1", 1],
    ["0.25", 0.25],
    [".5", 0.5],
    ["1e-1", 0.1],
    [" true ", 1],
    ["True", 1],
    ["False", 0],
    ["FALSE", 0],
  ])("the score %j counts as %d", async (text, score) => {
    const [fromCsv] = await examplesOf([dataFile("score.csv", `prompt,weak,strong\np,${text},1\n`)]);
    const [fromJson] = await examplesOf([dataFile("score.jsonl", JSON.stringify({ prompt: "p", weak: text, strong: true }))]);
    expect(fromCsv?.truth).toEqual({ kind: "scores", weak: score, strong: 1 });
    expect(fromJson?.truth).toEqual({ kind: "scores", weak: score, strong: 1 });
  });

  test("a label may be written in any case; empty columns count as not there", async () => {
    const file = dataFile("labels.csv", "prompt,messages,label,weak,strong,group\np,, Weak ,,,\nq,,STRONG,,,g\n");
    const examples = await examplesOf([file]);
    expect(examples.map(({ truth }) => truth)).toEqual([
      { kind: "label", needed: "weak" },
      { kind: "label", needed: "strong" },
    ]);
    expect(examples.map(({ group }) => group)).toEqual([undefined, "g"]);
  });

  test("a group may be a number", async () => {
    const [example] = await examplesOf([dataFile("group.jsonl", '{"prompt":"p","label":"weak","group":7}')]);
    expect(example?.group).toBe("7");
  });
});

describe("columns and files", () => {
  test("RouteLLM's files: one per subject, true and false in models' columns, contaminated prompts left out", async () => {
    const header = "prompt,mistralai/Mixtral-8x7B-Instruct-v0.1,gpt-4-1106-preview\n";
    const files = [
      dataFile("mmlu_anatomy.csv", `${header}"What, then?\nA. this\nB. that",True,True\nSeen before?,False,True\n`),
      dataFile("mmlu_virology.csv", `${header}Which virus?,False,True\n`),
    ];
    const exclude = [dataFile("contaminated_prompts.jsonl", '{"train_prompt":"Which virus?","eval_prompt":"Seen before?"}\n')];
    const mapped = columns("prompt=prompt,weak=mistralai/Mixtral-8x7B-Instruct-v0.1,strong=gpt-4-1106-preview,group=@file");
    const reading = readExamples(files, { ...mapped, exclude });
    const examples = await all(reading);
    expect(examples.map(({ group }) => group)).toEqual(["mmlu_anatomy", "mmlu_virology"]);
    expect(examples.map(bodyOf)).toEqual([chat("What, then?\nA. this\nB. that"), chat("Which virus?")]);
    expect(examples.map(({ truth }) => truth)).toEqual([
      { kind: "scores", weak: 1, strong: 1 },
      { kind: "scores", weak: 0, strong: 1 },
    ]);
    expect(reading.counts).toMatchObject({ rows: 2, excluded: 1, skipped: 0 });
  });

  test("columns are mapped in JSON Lines too, and a name the file does not use may be any text", async () => {
    const file = dataFile("mapped.jsonl", '{"q=1, or":"p","prompt":"not this","tier":"strong"}');
    const [example] = await examplesOf([file], columns('prompt="q=1, or",label=tier'));
    expect(bodyOf(example)).toEqual(chat("p"));
  });

  test("a prompt is left out wherever it stands: in a prompt, or as the last user message", async () => {
    const row = (content: string) => ({
      messages: [
        { role: "user", content: "first" },
        { role: "assistant", content: "yes" },
        { role: "user", content },
      ],
    });
    const lines = [
      row("seen"),
      row("new"),
      { request: row("seen") },
      { request: { prompt: "seen" } },
      { prompt: "seen" },
      { prompt: "first" },
    ];
    const file = dataFile("out.jsonl", lines.map((line) => JSON.stringify({ ...line, label: "weak" })).join("\n"));
    const reading = readExamples([file], { exclude: [dataFile("seen.csv", "prompt\nseen\n")] });
    expect((await all(reading)).map(({ place }) => place)).toEqual([`${file}:2`, `${file}:6`]);
    expect(reading.counts.excluded).toBe(4);
  });

  test("the column of excluded prompts can be named", async () => {
    const reading = readExamples([dataFile("a.csv", "prompt,label\np,weak\nq,weak\n")], {
      ...columns("exclude=text"),
      exclude: [dataFile("list.jsonl", '{"text":"q","prompt":"p"}')],
    });
    expect((await all(reading)).map(bodyOf)).toEqual([chat("p")]);
  });

  test("several files of several formats are read in their order", async () => {
    const files = [
      dataFile("1.jsonl.gz", '{"prompt":"a","label":"weak"}\n'),
      dataFile("2.csv.gz", "prompt,label\nb,weak\n"),
      dataFile("3.tsv", "prompt\tlabel\nc, or d\tweak\n"),
      dataFile("4.NDJSON", '{"prompt":"e","label":"weak"}'),
    ];
    expect((await examplesOf(files)).map(bodyOf)).toEqual([chat("a"), chat("b"), chat("c, or d"), chat("e")]);
  });

  test("a reading starts anew each time it is iterated, counts included", async () => {
    const reading = readExamples([dataFile("twice.csv", "prompt,label\na,weak\nb,weak\n")]);
    const first = await all(reading);
    expect(await all(reading)).toEqual(first);
    expect(reading.counts.rows).toBe(2);
  });
});

describe("what editors and tools leave behind", () => {
  const MARK = "\ufeff";

  test("a byte order mark, CRLF and blank lines in JSON Lines", async () => {
    const file = dataFile("crlf.jsonl", `${MARK}\r\n{"prompt":"a","label":"weak"}\r\n\r\n  \r\n{"prompt":"b","label":"weak"}`);
    expect((await examplesOf([file])).map(({ place }) => place)).toEqual([`${file}:2`, `${file}:5`]);
  });

  test("a byte order mark, CRLF, blank lines and line breaks in quotes in CSV: the line is where the row begins", async () => {
    const file = dataFile("crlf.csv", `${MARK}prompt,label\r\n\r\n"a\r\nb",weak\r\n\r\n\r\n"c ""d""",weak\ne,weak`);
    const examples = await examplesOf([file]);
    expect(examples.map(({ place }) => place)).toEqual([`${file}:3`, `${file}:7`, `${file}:8`]);
    expect(examples.map(bodyOf)).toEqual([chat("a\r\nb"), chat('c "d"'), chat("e")]);
  });

  test("spaces around a column's name", async () => {
    expect(await examplesOf([dataFile("spaces.csv", "prompt , label\na,weak\n")])).toHaveLength(1);
  });
});

describe("standard input", () => {
  async function* input(bytes: Uint8Array): AsyncGenerator<Buffer> {
    for (const byte of bytes) yield Buffer.from([byte]); // the worst cut there is
  }

  const jsonLines = '\ufeff{"prompt":"a","label":"weak"}\n';
  const csv = "prompt,label\na,weak\n";

  test.each([
    ["JSON Lines", Buffer.from(jsonLines), "standard input:1"],
    ["CSV", Buffer.from(csv), "standard input:2"],
    ["packed JSON Lines", gzipSync(jsonLines), "standard input:1"],
    ["packed CSV", gzipSync(csv), "standard input:2"],
  ])("%s are known by their first bytes", async (_, bytes, place) => {
    const examples = await examplesOf(["-"], { stdin: input(bytes) });
    expect(examples.map(bodyOf)).toEqual([chat("a")]);
    expect(examples[0]?.place).toBe(place);
  });
});

test("bytes are reported as they are read, for showing progress", async () => {
  const content = "prompt,label\na,weak\n";
  let bytes = 0;
  await examplesOf([dataFile("progress.csv", content)], {
    onBytes: (count) => {
      bytes += count;
    },
  });
  expect(bytes).toBe(content.length);
});
