import { expect, test } from "vitest";
import { nearest } from "../../src/config/nearest.ts";

const KNOWN = ["maxChars", "maxBytes", "maxTurns", "scope", "log", "under"];

test.each([
  ["maxChar", "maxChars"],
  ["MAXCHARS", "maxChars"],
  ["maxTrusn", "maxTurns"], // two swaps
  ["socpe", "scope"],
  ["lgo", "log"],
  ["lo", "log"],
  ["udner", "under"],
  ["colour", undefined],
  ["x", undefined],
  ["", undefined],
])("%j is meant to be %j", (word, meant) => {
  expect(nearest(word, KNOWN)).toBe(meant);
});

test("of equally near words the first wins", () => {
  expect(nearest("tie", ["tia", "tib"])).toBe("tia");
});
