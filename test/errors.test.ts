import { expect, test } from "vitest";
import { describe, ERRORS, exitCodeOf, SluiceError } from "../src/errors.ts";

test("an operational error says what and where, why, and what to do, without a stack trace", () => {
  const error = new SluiceError("config-unreadable", "sluice.yaml: cannot be read", { cause: new Error("EACCES: permission denied") });
  expect(describe(error).split("\n")).toEqual([
    "error[config-unreadable]: sluice.yaml: cannot be read",
    "  cause: EACCES: permission denied",
    `  hint: ${ERRORS["config-unreadable"].hint}`,
  ]);
});

test("a hint of its own stands instead of the table's", () => {
  expect(describe(new SluiceError("listen-failed", "x: y", { hint: "Do this." }))).toBe("error[listen-failed]: x: y\n  hint: Do this.");
});

test("a bug keeps its stack trace and counts as failed work", () => {
  expect(describe(new TypeError("oops"))).toMatch(/a bug in sluice: TypeError: oops\n\s+at /);
  expect(exitCodeOf(new TypeError("oops"))).toBe(1);
});

test("exit codes come from the table", () => {
  expect(exitCodeOf(new SluiceError("config-invalid", "x"))).toBe(2);
  expect(exitCodeOf(new SluiceError("listen-in-use", "x"))).toBe(1);
});

test.each(Object.entries(ERRORS))("%s is in kebab case and explained in whole sentences", (code, { meaning, hint }) => {
  expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
  for (const sentence of [meaning, hint]) expect(sentence).toMatch(/^[A-Z`].*\.$/);
});
