import { expect, test } from "vitest";
import { SluiceError } from "../../../src/errors.ts";
import { FIELDS, OWN_COLUMNS, parseColumns } from "../../../src/study/dataset/columns.ts";

test("without --columns every field is read under its own name", () => {
  expect(OWN_COLUMNS).toEqual({ names: Object.fromEntries(FIELDS.map((field) => [field, field])), groupFromFile: false });
});

test("RouteLLM's columns: names with slashes, dots and dashes, and the group from the file's name", () => {
  const { names, groupFromFile } = parseColumns(
    "prompt=prompt,weak=mistralai/Mixtral-8x7B-Instruct-v0.1,strong=gpt-4-1106-preview,group=@file",
  );
  expect(names).toMatchObject({ prompt: "prompt", weak: "mistralai/Mixtral-8x7B-Instruct-v0.1", strong: "gpt-4-1106-preview" });
  expect(groupFromFile).toBe(true);
});

test.each([
  ["prompt=the question asked", "prompt", "the question asked"],
  ['prompt="a, b"', "prompt", "a, b"],
  ['prompt="a=b",weak=w', "prompt", "a=b"],
  ['prompt="say ""hi""", weak = w , strong=s', "prompt", 'say "hi"'],
  ['prompt="say ""hi""", weak = w , strong=s', "weak", "w"],
  ["exclude=eval_prompt", "exclude", "eval_prompt"],
  ['group="@file"', "group", "@file"],
  ["prompt=問い", "prompt", "問い"],
  ["prompt=p,", "prompt", "p"],
] as const)("%s reads %s from %s", (text, field, column) => {
  expect(parseColumns(text).names[field]).toBe(column);
  expect(parseColumns(text).groupFromFile).toBe(false);
});

test("whoever names the column of one form of request means that form", () => {
  const { names } = parseColumns("messages=chat");
  expect([names.prompt, names.messages, names.request]).toEqual([undefined, "chat", undefined]);
  expect([names.label, names.weak, names.strong]).toEqual(["label", "weak", "strong"]);
});

test("whoever names a score means scores, and the other score keeps its own name", () => {
  const { names } = parseColumns("weak=llama");
  expect([names.label, names.weak, names.strong]).toEqual([undefined, "llama", "strong"]);
});

test("whoever names the label means labels", () => {
  const { names } = parseColumns("label=tier");
  expect([names.label, names.weak, names.strong]).toEqual(["tier", undefined, undefined]);
});

test.each([
  ["prompt", '--columns: "prompt": expected field=column, a name with a comma, = or " in double quotes'],
  ["prompt=a=b", '--columns: "prompt=a=b": expected field=column, a name with a comma, = or " in double quotes'],
  ['weak=w,prompt="a', '--columns: "prompt="a": expected field=column, a name with a comma, = or " in double quotes'],
  ["promt=a", `--columns: "promt" is no field; the fields are ${FIELDS.join(", ")}`],
  ["prompt=a,prompt=b", '--columns: "prompt" is given twice'],
  ["prompt=,weak=w", '--columns: "prompt" names no column'],
  ["prompt=@file", '--columns: @file is for group alone, not for "prompt"'],
])("%s is refused", (text, message) => {
  const refused = (): unknown => {
    try {
      return parseColumns(text);
    } catch (error) {
      return error;
    }
  };
  const error = refused();
  expect(error).toBeInstanceOf(SluiceError);
  expect(error).toMatchObject({ code: "columns-invalid", exitCode: 2, message });
});
