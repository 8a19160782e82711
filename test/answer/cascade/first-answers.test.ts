// First answers of a consensus are kept until the second takes them, in bounds.
import { expect, test } from "vitest";
import { firstAnswers } from "../../../src/answer/cascade/first-answers.ts";

const said = (text: string) => ({ text, calls: [] });
const BOUNDS = { answers: 3, bytes: 10_000, ms: 100 };

test("one is taken once, by its request", () => {
  const firsts = firstAnswers(() => 0, BOUNDS);
  firsts.keep("a", said("one"));
  firsts.keep("b", "nothing");
  expect([firsts.take("c"), firsts.take("a"), firsts.take("a"), firsts.take("b")]).toEqual([undefined, said("one"), undefined, "nothing"]);
});

test("of too many the oldest are forgotten", () => {
  const firsts = firstAnswers(() => 0, BOUNDS);
  for (const id of ["a", "b", "a", "c", "d"]) firsts.keep(id, "nothing");
  expect(["a", "b", "c", "d"].map((id) => firsts.take(id))).toEqual(["nothing", undefined, "nothing", "nothing"]);
});

test("of too large ones, too, their calls counted; a single one that is too large is not kept", () => {
  const firsts = firstAnswers(() => 0, BOUNDS);
  firsts.keep("a", said("x".repeat(2000)));
  firsts.keep("b", { text: "", calls: [{ name: "f", given: { x: "x".repeat(3500) } }] });
  expect(firsts.take("a")).toBeUndefined();
  firsts.keep("c", said("x".repeat(6000)));
  expect([firsts.take("b"), firsts.take("c")]).toEqual([undefined, undefined]);
  for (let at = 0; at < 9; at++) firsts.keep("d", said("x".repeat(2000))); // what is forgotten leaves room
  expect(firsts.take("d")).toBeDefined();
});

test("one that is old is forgotten", () => {
  let now = 0;
  const firsts = firstAnswers(() => now, BOUNDS);
  firsts.keep("a", "nothing");
  now = 50;
  firsts.keep("b", "nothing");
  now = 100;
  expect([firsts.take("a"), firsts.take("b")]).toEqual([undefined, "nothing"]);
});
