// The text that is kept of a prompt: whole, or cut where no character is halved.
import { expect, test } from "vitest";
import { MAX_PROMPT_LENGTH, promptOf } from "../../../src/request/chat/prompt.ts";

const prompt = (text: string) => promptOf(Buffer.from(text));

test.each(["", "hello", "설계", "x".repeat(MAX_PROMPT_LENGTH), "설".repeat(MAX_PROMPT_LENGTH)])(
  "a text that fits is kept whole",
  (text) => {
    expect(prompt(text)).toEqual({ text, cut: false });
  },
);

test.each(["x", "é", "설", "😀"])("a longer one of %s is cut, and says so", (character) => {
  const { text, cut } = prompt(character.repeat(MAX_PROMPT_LENGTH + 1));
  expect(cut).toBe(true);
  expect(text).toBe(character.repeat(MAX_PROMPT_LENGTH / character.length));
});

test("no character is halved, neither by its bytes nor by its code units", () => {
  const { text, cut } = prompt(`x${"😀".repeat(MAX_PROMPT_LENGTH)}`);
  expect(cut).toBe(true);
  expect(text).toBe(`x${"😀".repeat(MAX_PROMPT_LENGTH / 2 - 1)}`);
  expect(prompt(`x${"설".repeat(MAX_PROMPT_LENGTH)}`).text).toBe(`x${"설".repeat(MAX_PROMPT_LENGTH - 1)}`);
});
