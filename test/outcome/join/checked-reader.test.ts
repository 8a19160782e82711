// An answer that is read has checks look at it beside: what they say comes with what it said.
import { expect, test } from "vitest";
import { checkedReader, checksBeside } from "../../../src/outcome/join/checked-reader.ts";

const event = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const GOOD = [event({ content: "Yes, it is." }), event({}, "stop"), "data: [DONE]\n\n"];

const badOf = (pieces: readonly string[], how: "seen" | "left") => {
  const checks = checksBeside(1);
  if (checks === undefined) throw new Error("no checks");
  const reader = checkedReader(checks);
  for (const piece of pieces) reader.push(Buffer.from(piece));
  return reader.finish(how).bad;
};

test.each<[what: string, pieces: readonly string[], how: "seen" | "left", bad: string | undefined]>([
  ["a good one", GOOD, "seen", undefined],
  ["one that refuses", [event({ content: "I cannot help with that. Ask me" }), event({}, "stop"), "data: [DONE]\n\n"], "seen", "refusal"],
  ["one whose tokens ran out", [event({ content: "Yes" }), event({}, "length"), "data: [DONE]\n\n"], "seen", "truncated"],
  ["one without a word", [event({}, "stop"), "data: [DONE]\n\n"], "seen", "empty"],
  ["one that was cut", [event({ content: "Yes" })], "seen", "cut-short"],
  ["one whose client left", [event({ content: "Yes" })], "left", undefined],
  ["one that refused before its client left", [event({ content: "I cannot help with that. Ask me" })], "left", "refusal"],
])("%s", (_what, pieces, how, bad) => {
  expect(badOf(pieces, how)).toBe(bad);
});

test("none looks where nothing is made of it", () => void expect(checksBeside(0)).toBeUndefined());
