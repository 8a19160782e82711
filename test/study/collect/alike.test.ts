import { describe, expect, test } from "vitest";
import { Alike } from "../../../src/study/collect/alike.ts";

const LETTER =
  "Please write a short letter to our landlord about the broken heating in the kitchen, and ask him to have it mended this week.";

function find(first: string, second: string, all: readonly [string, string] = [first, second], rest: readonly [number, number] = [1, 1]) {
  const alike = new Alike();
  alike.remember({ said: first, all: all[0], rest: rest[0] }, 7);
  return alike.find({ said: second, all: all[1], rest: rest[1] }, 8);
}

describe("rows are alike", () => {
  test.each([
    ["when they are the same", LETTER, LETTER],
    ["when only spaces and capitals differ", LETTER, LETTER.toUpperCase().replaceAll(" ", "  ")],
    ["when a word of many is another", LETTER, LETTER.replace("kitchen", "bathroom")],
    ["when they are one letter", "a", "A"],
  ])("%s", (_, first, second) => {
    expect(find(first, second)).toBe(7);
  });

  test.each([
    ["other questions", LETTER, "What is the capital of Peru, and how many people live there? Answer in one sentence without any numbers."],
    ["short ones that share a beginning", "What is 12 + 13?", "What is the time?"],
    ["one that goes on", LETTER, `${LETTER} ${LETTER.split("").reverse().join("")}`],
  ])("and not %s", (_, first, second) => {
    expect(find(first, second)).toBeUndefined();
  });

  test("nor the same question behind another conversation, or with other tools", () => {
    expect(find("Go on.", "Go on.", [`${LETTER} Go on.`, "Tell me all about whales. Go on."])).toBeUndefined();
    expect(find(LETTER, LETTER, [LETTER, LETTER], [1, 2])).toBeUndefined();
  });

  test("and a long system prompt that all share makes none of other questions", () => {
    const system = LETTER.repeat(40);
    expect(find("Is it open on Sunday?", "Who was Ada Lovelace?", [`${system} Is it open`, `${system} Who was`])).toBeUndefined();
  });
});
