// What is a loop, and what only says a few things twice.
import { describe, expect, test } from "vitest";
import { DISTINCT } from "../../../src/answer/checks/list.ts";
import { leastDistinct } from "../../../src/answer/said/distinct.ts";

const numbered = (of: (at: number) => string, count = 80) => Array.from({ length: count }, (_, at) => of(at + 1)).join("\n");

describe("a loop", () => {
  test.each([
    ["one sentence", "The patient has no history of obesity. ".repeat(40)],
    [
      "behind a good beginning",
      `${numbered((at) => `Step ${at} adds the ${at * 7}th part of ${at * 31}.`)}${"We can see that it holds. ".repeat(40)}`,
    ],
    [
      "a sentence that counts",
      numbered((at) => `If the variable name has another letter after it, it is a variable of length ${at % 10}.`),
    ],
    ["Chinese", "我们可以看到这个方程是对的。".repeat(20)],
    ["words without spaces between", "so $a+b\\leq c$, ".repeat(60)],
  ])("%s", (_what, text) => {
    expect(leastDistinct(text)).toBeLessThan(DISTINCT);
  });
});

describe("no loop", () => {
  test.each([
    ["a short text, whatever it says", "No. ".repeat(30)],
    ["a table", numbered((at) => `| item ${at} | ${at * 17} | ${at * at} | ${at % 7} kg |`)],
    ["JSON", JSON.stringify(Array.from({ length: 60 }, (_, at) => ({ id: at, name: `n${at * 31}`, price: at * 1.5 })))],
    ["a list", numbered((at) => `- the ${at}th of them is called ${String.fromCharCode(97 + (at % 26))}${at}`)],
  ])("%s", (_what, text) => {
    expect(leastDistinct(text)).toBeGreaterThanOrEqual(DISTINCT);
  });
});
