import { mkdirSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readExamples } from "../../../src/study/dataset/read-examples.ts";
import { all, columns, dataFile, errorOf, rawFile } from "./files.ts";

const GOOD = '{"prompt":"p","label":"weak"}';

describe("bad rows of JSON Lines", () => {
  test.each([
    ["{", 'bad.jsonl:2: expected a JSON object, found "{"'],
    [`{"prompt":"${"x".repeat(80)}`, `bad.jsonl:2: expected a JSON object, found "{\\"prompt\\":\\"${"x".repeat(45)}…`],
    ["[1,2]", "bad.jsonl:2: expected a JSON object, found [1,2]"],
    ['"text"', 'bad.jsonl:2: expected a JSON object, found "text"'],
    ["null", "bad.jsonl:2: expected a JSON object, found null"],
    ['{"promt":"p","label":"weak"}', 'bad.jsonl:2: expected a column "prompt" or "messages" or "request", found "promt", "label"'],
    ["{}", 'bad.jsonl:2: expected a column "prompt" or "messages" or "request", found none'],
    ['{"prompt":"","label":"weak"}', 'bad.jsonl:2: column "prompt": expected a request, found nothing'],
    ['{"prompt":7,"label":"weak"}', 'bad.jsonl:2: column "prompt": expected text, found 7'],
    ['{"prompt":"p","messages":[{}],"label":"weak"}', "bad.jsonl:2: expected one of prompt, messages and request, found more than one"],
    ['{"messages":[],"label":"weak"}', 'bad.jsonl:2: column "messages": expected a list of messages ({role, content}) in JSON, found []'],
    [
      '{"messages":"hi","label":"weak"}',
      'bad.jsonl:2: column "messages": expected a list of messages ({role, content}) in JSON, found "hi"',
    ],
    [
      '{"messages":["hi"],"label":"weak"}',
      'bad.jsonl:2: column "messages": expected a list of messages ({role, content}) in JSON, found ["hi"]',
    ],
    ['{"request":[1],"label":"weak"}', 'bad.jsonl:2: column "request": expected a request body in JSON, an object, found [1]'],
    ['{"prompt":"p"}', 'bad.jsonl:2: expected a label "label" or the scores "weak" and "strong", found "prompt"'],
    ['{"prompt":"p","label":"medium"}', 'bad.jsonl:2: column "label": expected weak or strong, found "medium"'],
    ['{"prompt":"p","label":1}', 'bad.jsonl:2: column "label": expected weak or strong, found 1'],
    ['{"prompt":"p","weak":0.5}', 'bad.jsonl:2: column "strong": expected a number from 0 to 1, or true or false, found nothing'],
    ['{"prompt":"p","strong":1}', 'bad.jsonl:2: column "weak": expected a number from 0 to 1, or true or false, found nothing'],
    ['{"prompt":"p","scores":{"a":0.5}}', 'bad.jsonl:2: column "scores": expected the scores of two tiers or more, found {"a":0.5}'],
    ['{"prompt":"p","scores":{"a":0.5,"b":7}}', 'bad.jsonl:2: column "scores": expected numbers from 0 to 1, of "b" found 7'],
    ['{"prompt":"p","weak":7,"strong":9}', 'bad.jsonl:2: column "weak": expected a number from 0 to 1, or true or false, found 7'],
    ['{"prompt":"p","weak":0,"strong":-0.1}', 'bad.jsonl:2: column "strong": expected a number from 0 to 1, or true or false, found -0.1'],
    ['{"prompt":"p","weak":"yes","strong":1}', 'bad.jsonl:2: column "weak": expected a number from 0 to 1, or true or false, found "yes"'],
    ['{"prompt":"p","weak":"0x1","strong":1}', 'bad.jsonl:2: column "weak": expected a number from 0 to 1, or true or false, found "0x1"'],
    ['{"prompt":"p","weak":" ","strong":1}', 'bad.jsonl:2: column "weak": expected a number from 0 to 1, or true or false, found " "'],
    ['{"prompt":"p","weak":[1,0],"strong":1}', 'bad.jsonl:2: column "weak": expected a number from 0 to 1, or true or false, found [1,0]'],
    ['{"prompt":"p","label":"weak","weak":1,"strong":1}', "bad.jsonl:2: expected a label or the scores weak and strong, found both"],
    ['{"prompt":"p","weak":1,"strong":1}', "bad.jsonl:2: expected a label as in bad.jsonl:1, found scores"],
    ['{"prompt":"p","label":"weak","group":{}}', 'bad.jsonl:2: column "group": expected text, found {}'],
    ['{"prompt":"p","label":"weak","path":["/v1"]}', 'bad.jsonl:2: column "path": expected text, found ["/v1"]'],
  ])("%s", async (line, message) => {
    const error = await errorOf([dataFile("bad.jsonl", `${GOOD}\n${line}\n${GOOD}\n`)]);
    expect({ ...error, message: error.message.replaceAll(/\S*\/(?=bad)/g, "") }).toMatchObject({ code: "data-invalid", message });
    expect(error.hint).toMatch(/^[A-Z].*\.$/);
  });

  test("bytes that are not UTF-8", async () => {
    const error = await errorOf([rawFile("latin1.jsonl", Buffer.from('{"prompt":"caf\xe9","label":"weak"}\n', "latin1"))]);
    expect(error.message).toBe("latin1.jsonl:1: expected text in UTF-8, found other bytes");
  });

  test("a line longer than allowed, however it is cut, is refused without being kept", async () => {
    const long = `${GOOD}\n{"prompt":"${"x".repeat(300_000)}","label":"weak"}\n${GOOD}\n`;
    const error = await errorOf([dataFile("long.jsonl", long)], { maxRowBytes: 1000 });
    expect(error.message).toBe("long.jsonl:2: expected a line of at most 1000 bytes, found a longer one");
    const reading = readExamples([dataFile("long.jsonl", long)], { maxRowBytes: 1000, skipBad: true });
    expect((await all(reading)).map(({ place }) => place.replace(/.*:/, ""))).toEqual(["1", "3"]);
  });

  test("names of columns are the file's own", async () => {
    const error = await errorOf([dataFile("own.jsonl", '{"q":"p","a":2,"b":1}')], columns("prompt=q,weak=a,strong=b"));
    expect(error.message).toBe('own.jsonl:1: column "a": expected a number from 0 to 1, or true or false, found 2');
  });
});

describe("bad CSV", () => {
  test.each([
    ["question,label\np,weak\n", 'bad.csv:2: expected a column "prompt" or "messages" or "request", found "question", "label"'],
    ["prompt,answer\np,weak\n", 'bad.csv:2: expected a label "label" or the scores "weak" and "strong", found "prompt", "answer"'],
    ["prompt,label\np\n", "bad.csv:2: expected 2 columns as in the header, found 1"],
    ['prompt,label\n"a\nb",weak\nWell, then,weak\n', "bad.csv:4: expected 2 columns as in the header, found 3"],
    ["prompt,label,label\np,weak,strong\n", 'bad.csv:1: expected each column once, found "label" twice'],
    [
      'prompt,label\np,weak\n"never\nclosed,weak\nq,weak\n',
      "bad.csv:3: expected a closing quote for a quote opened in this row, found the end of the file",
    ],
    ['prompt,label\n"a"b,weak\n', "bad.csv:2: expected a delimiter or the end of the row behind a closing quote, found other text"],
    ['prompt,label\na "b" c,weak\n', "bad.csv:2: expected a quote only around a whole field, found one inside a field"],
    ['prompt,label\n"a\nb",maybe\n', 'bad.csv:2: column "label": expected weak or strong, found "maybe"'],
    ["messages,label\nhi,weak\n", 'bad.csv:2: column "messages": expected a list of messages ({role, content}) in JSON, found "hi"'],
    ["request,label\n[],weak\n", 'bad.csv:2: column "request": expected a request body in JSON, an object, found "[]"'],
  ])("%j", async (content, message) => {
    const error = await errorOf([dataFile("bad.csv", content)]);
    expect(error).toMatchObject({ code: "data-invalid", message });
    expect(error.hint).toMatch(/^[A-Z].*\.$/);
  });

  test("bytes that are not UTF-8, in a row and in the header", async () => {
    const row = await errorOf([rawFile("row.csv", Buffer.from("id,prompt,label\n1,caf\xe9,weak\n", "latin1"))]);
    expect(row.message).toBe('row.csv:2: column "prompt": expected text in UTF-8, found other bytes');
    const header = await errorOf([rawFile("header.csv", Buffer.from("caf\xe9,prompt,label\n1,p,weak\n", "latin1"))]);
    expect(header.message).toBe("header.csv:1: expected text in UTF-8, found other bytes");
  });

  test("a row longer than allowed", async () => {
    const error = await errorOf([dataFile("long.csv", `prompt,label\np,weak\n${"x".repeat(2000)},weak\n`)], { maxRowBytes: 1000 });
    expect(error.message).toBe("long.csv:3: expected a row of at most 1000 bytes, found a longer one");
  });

  test("rows before the error are handed over first", async () => {
    const places: string[] = [];
    const read = async () => {
      for await (const { place } of readExamples([dataFile("late.csv", 'prompt,label\na,weak\n"b"b,weak\n')])) places.push(place);
    };
    await expect(read()).rejects.toThrow("late.csv:3: ");
    expect(places).toHaveLength(1);
  });
});

describe("bad files", () => {
  test.each([
    ["nowhere.jsonl", "data-not-found", "nowhere.jsonl: no such file"],
    ["nowhere.jsonl.gz", "data-not-found", "nowhere.jsonl.gz: no such file"],
    ["notes.txt", "data-format-unknown", "notes.txt: the ending does not say what the file holds"],
    ["notes.gz", "data-format-unknown", "notes.gz: the ending does not say what the file holds"],
  ])("%s", async (file, code, message) => {
    expect(await errorOf([file])).toMatchObject({ code, message });
  });

  test("a folder", async () => {
    const folder = rawFile("inside.csv", Buffer.from("")).replace("inside.csv", "folder.csv");
    mkdirSync(folder, { recursive: true });
    expect(await errorOf([folder])).toEqual({
      code: "data-unreadable",
      message: "folder.csv: cannot be read",
      hint: "It is a folder: name the files in it.",
    });
  });

  test("a packed file that is cut off says so, after the rows before the cut", async () => {
    const rows = Array.from({ length: 2000 }, (_, at) => JSON.stringify({ prompt: `row ${at} ${Math.sin(at)}`, label: "weak" }));
    const packed = gzipSync(rows.join("\n"));
    const error = await errorOf([rawFile("cut.jsonl.gz", packed.subarray(0, packed.length / 2))]);
    expect(error).toEqual({
      code: "data-unreadable",
      message: "cut.jsonl.gz: the gzip data end too early: the file is cut off",
      hint: "Copy or write it again.",
    });
    expect((await errorOf([rawFile("cut.csv.gz", gzipSync("prompt,label\n").subarray(0, 12))])).code).toBe("data-unreadable");
  });

  test("a file that only claims to be packed", async () => {
    const error = await errorOf([rawFile("plain.jsonl.gz", Buffer.from(GOOD))]);
    expect(error.message).toBe("plain.jsonl.gz: not gzip data, or damaged (incorrect header check)");
  });

  test("the same file twice, in whatever spelling", async () => {
    const file = dataFile("once.jsonl", GOOD);
    expect(await errorOf([file, file.replace("once", "./once")])).toMatchObject({
      code: "data-repeated",
      message: "./once.jsonl: given twice",
    });
    expect(await errorOf(["-", "-"])).toMatchObject({ code: "data-repeated", message: "-: given twice" });
  });

  test.each([
    ["empty.jsonl", ""],
    ["blank.jsonl", "\n\n  \n"],
    ["empty.csv", ""],
    ["header.csv", "prompt,label\n"],
  ])("a data set without rows: %s", async (name, content) => {
    expect(await errorOf([dataFile(name, content)])).toMatchObject({ code: "data-empty", message: `${name}: no rows` });
  });

  test("a data set of which nothing is left", async () => {
    const exclude = [dataFile("seen.jsonl", '{"prompt":"p"}')];
    const error = await errorOf([dataFile("left.jsonl", `${GOOD}\n{}\n${GOOD}\n`)], { exclude, skipBad: true });
    expect(error).toMatchObject({ code: "data-empty", message: "left.jsonl: no rows left: 1 skipped, 2 excluded" });
  });

  test("labels in one file and scores in another", async () => {
    const files = [dataFile("labels.jsonl", GOOD), dataFile("scores.csv", "prompt,weak,strong\np,0,1\n")];
    const error = await errorOf(files);
    expect(error.message).toBe("scores.csv:2: expected a label as in labels.jsonl:1, found scores");
  });

  test("an --exclude file without prompts", async () => {
    const exclude = [dataFile("texts.jsonl", '{"text":"p"}')];
    const files = [dataFile("with.jsonl", GOOD)];
    expect((await errorOf(files, { exclude })).message).toBe(
      'texts.jsonl:1: expected a prompt to leave out, in a column "eval_prompt" or "prompt", found "text"',
    );
    expect((await errorOf(files, { exclude, ...columns("exclude=body") })).message).toBe(
      'texts.jsonl:1: expected a prompt to leave out, in a column "body", found "text"',
    );
  });
});

describe("--skip-bad", () => {
  test("counts bad rows by kind, keeps the first three, and hands over all others", async () => {
    const lines = [GOOD, "{", '{"prompt":"p","label":"x"}', GOOD, '{"prompt":"p","label":"y"}', '{"label":"weak"}', "[]", GOOD];
    const reading = readExamples([dataFile("some.jsonl", lines.join("\n"))], { skipBad: true });
    expect((await all(reading)).map(({ place }) => place.replace(/.*:/, ""))).toEqual(["1", "4", "8"]);
    const { rows, skipped, skippedByKind, firstSkipped } = reading.counts;
    expect([rows, skipped]).toEqual([3, 5]);
    expect(Object.fromEntries(skippedByKind)).toEqual({ "not JSON": 1, "bad label": 2, "no request": 1, "not an object": 1 });
    expect(firstSkipped.map(({ place, kind }) => [place.replace(/.*:/, ""), kind])).toEqual([
      ["2", "not JSON"],
      ["3", "bad label"],
      ["5", "bad label"],
    ]);
  });

  test("skips rows of a CSV file that have too few columns", async () => {
    const reading = readExamples([dataFile("some.csv", "prompt,label\na,weak\nb\nc,weak\n")], { skipBad: true });
    expect(await all(reading)).toHaveLength(2);
    expect(reading.counts.skipped).toBe(1);
  });

  test("does not mix labels and scores, and does not go on behind a cut", async () => {
    const mixed = dataFile("mixed.jsonl", `${GOOD}\n{"prompt":"p","weak":0,"strong":1}`);
    expect((await errorOf([mixed], { skipBad: true })).code).toBe("data-invalid");
    const packed = gzipSync(GOOD);
    expect((await errorOf([rawFile("cut.jsonl.gz", packed.subarray(0, packed.length - 4))], { skipBad: true })).code).toBe(
      "data-unreadable",
    );
  });
});
