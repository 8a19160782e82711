// The exact bound of a share, by what others compute.
import { expect, test } from "vitest";
import { upperBound } from "../../../src/study/cache-pairs/exact-bound.ts";

test.each([
  [0, 299, 0.05, 0.009969], // 1 − 0.05^(1/299)
  [0, 10, 0.025, 0.308498],
  [1, 10, 0.025, 0.445016],
  [5, 10, 0.025, 0.812914],
  [10, 10, 0.05, 1],
  [3, 1000, 0.05, 0.007734],
])("%i of %i at alpha %f: %f", (hits, n, alpha, bound) => {
  expect(upperBound(hits, n, alpha)).toBeCloseTo(bound, 5);
});
