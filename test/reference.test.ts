// docs/reference.md says what the code says.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { REFERENCE_FILE, referenceText } from "../scripts/reference.ts";
import { describeKeys } from "../src/config/keys.ts";

describe("the reference", () => {
  test("is what the code would write now (if not: npm run reference)", () => {
    expect(readFileSync(REFERENCE_FILE, "utf8")).toBe(referenceText());
  });

  test("has at most 40 configuration keys, each with a meaning", () => {
    const keys = describeKeys();
    expect(keys.length).toBeGreaterThan(20);
    expect(keys.length).toBeLessThanOrEqual(40);
    expect(keys.filter(({ meaning }) => meaning === "")).toEqual([]);
  });
});
