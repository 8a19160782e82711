// Captured prompts that wait for their outcome never take more than their bound.
import { expect, test } from "vitest";
import { promptBudget } from "../../../src/outcome/join/prompt-budget.ts";

const prompt = (length: number) => ({ text: "x".repeat(length), cut: false });

test("a prompt that does not fit is not kept; what is released makes room again", () => {
  const budget = promptBudget(100);
  const first = budget.keep(prompt(60));
  expect(first).toEqual(prompt(60));
  expect(budget.keep(prompt(41))).toBeUndefined();
  expect(budget.keep(prompt(40))).toEqual(prompt(40));
  expect(budget.keep(prompt(1))).toBeUndefined();
  budget.release(first);
  expect(budget.keep(prompt(60))).toEqual(prompt(60));
});

test("where no prompt is captured there is nothing to keep or to release", () => {
  const budget = promptBudget(1);
  expect(budget.keep(undefined)).toBeUndefined();
  budget.release(undefined);
  expect(budget.keep(prompt(1))).toEqual(prompt(1));
});
