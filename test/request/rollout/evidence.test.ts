// The evidence against an oracle that shares nothing with it: a recurrence in integers of 256 bits.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  candidatesPart,
  evidenceNeeded,
  harm,
  harmExcluded,
  logBinomial,
  logEvidence,
  rateBelow,
} from "../../../src/request/rollout/evidence.ts";

/** mantissa · 2^exponent */
interface Big {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const BITS = 256n;

function logOf({ mantissa, exponent }: Big): number {
  const bits = mantissa.toString(2).length;
  const top = Number(mantissa >> BigInt(Math.max(0, bits - 60)));
  return Math.log(top) + (exponent + Math.max(0, bits - 60)) * Math.LN2;
}

/** As a whole number of 2^-120: exact for a double from 2^-60 to 1. */
function scaled(p: number): bigint {
  const high = Math.floor(p * 2 ** 60);
  return BigInt(high) * 2n ** 60n + BigInt((p * 2 ** 60 - high) * 2 ** 60);
}

/**
 * By parts, (k + m + 2) E(k+1, m) = (k + 1)/p · E(k, m) + 1 for k hits and m misses, and E(0, m) = 1/(m + 1): all terms are positive, so
 * nothing cancels, and each step rounds off 2^-255.
 */
function oracle(k: number, n: number, p: number): number {
  const m = n - k;
  const inP = scaled(p);
  let exponent = 0;
  let e = (1n << BITS) / BigInt(m + 1);
  let one = 1n << BITS;
  for (let hit = 0; hit < k; hit++) {
    e = (((BigInt(hit + 1) * e) << 120n) / inP + one) / BigInt(n - k + hit + 2);
    if (e >= 1n << (BITS + 64n)) {
      e >>= 64n;
      one >>= 64n;
      exponent += 64;
    } else if (e < 1n << (BITS - 64n)) {
      e <<= 64n;
      one <<= 64n;
      exponent -= 64;
    }
  }
  return logOf({ mantissa: e, exponent: exponent - Number(BITS) });
}

/** Of 1, or of the value where it is larger: doubles have no more. */
const off = (value: number, truth: number) => Math.abs(value - truth) / Math.max(1, Math.abs(truth));

describe("evidence", () => {
  test.each([
    [0, 1, 0.1],
    [1, 1, 0.1],
    [3, 20, 0.1],
    [20, 20, 0.1],
    [0, 500, 0.1],
    [15, 16, 0.5],
    [16, 31, 0.5],
    [30, 100, 0.1],
    [99, 100, 0.99],
    [52, 500, 0.1],
    [800, 10_000, 0.1],
    [1_000, 10_000, 0.1],
    [1_100, 10_000, 0.1],
    [9_000, 10_000, 0.1],
    [500, 50_000, 0.01],
    [700, 50_000, 0.01],
    [99_000, 1_000_000, 0.1],
    [100_000, 1_000_000, 0.1],
    [100_000, 1_000_000, 0.142857],
    [101_500, 1_000_000, 0.1],
    [500_000, 1_000_000, 0.5],
    [503_000, 1_000_000, 0.5],
    [600_000, 1_000_000, 0.5],
    [999_999, 1_000_000, 0.01],
  ])("of %i in %i events at %f is that of the oracle to 1e-10", (k, n, p) => {
    expect(off(logEvidence(k, n, p), oracle(k, n, p))).toBeLessThan(1e-10);
  });

  test("is that of the oracle for counts and shares of every size", () => {
    const counts = fc.integer({ min: 0, max: 3_000 }).chain((n) => fc.record({ n: fc.constant(n), k: fc.integer({ min: 0, max: n }) }));
    fc.assert(
      fc.property(
        counts,
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        ({ k, n }, p) => off(logEvidence(k, n, p), oracle(k, n, p)) < 1e-10,
      ),
      { numRuns: 300, seed: 1 },
    );
  });

  test("is fair at the border: the mean over the next event is what it was", () => {
    const counts = fc.integer({ min: 0, max: 1_000 }).chain((n) => fc.record({ n: fc.constant(n), k: fc.integer({ min: 0, max: n }) }));
    fc.assert(
      fc.property(counts, fc.double({ min: 0.01, max: 0.99, noNaN: true }), ({ k, n }, p) => {
        const now = logEvidence(k, n, p);
        const hit = Math.exp(logEvidence(k + 1, n + 1, p) - now);
        const miss = Math.exp(logEvidence(k, n + 1, p) - now);
        return Math.abs(p * hit + (1 - p) * miss - 1) < 1e-9;
      }),
      { numRuns: 500, seed: 2 },
    );
  });

  test("of no event is none", () => expect(logEvidence(0, 0, 0.1)).toBe(0));

  test("grows with each event of the candidate, and shrinks with each of the stable arm", () => {
    for (const [k, n] of [
      [0, 0],
      [1, 10],
      [30, 100],
      [5, 1_000],
    ] as const) {
      expect(harm(k + 1, n + 1, 0.1, 0)).toBeGreaterThan(harm(k, n, 0.1, 0));
      expect(harm(k, n + 1, 0.1, 0)).toBeLessThan(harm(k, n, 0.1, 0));
    }
  });

  test("against harm mirrors evidence for it: with the arms' parts and shares exchanged they are the same", () => {
    expect(harmExcluded(7, 40, 0.5, 0)).toBeCloseTo(harm(33, 40, 0.5, 0), 12);
    expect(harmExcluded(2, 100, 0.1, 0.5)).toBeCloseTo(logEvidence(98, 100, 1 - candidatesPart(0.1, 0.5)), 12);
    expect(rateBelow(0, 1_000, 0.005)).toBeCloseTo(oracle(1_000, 1_000, 0.995), 9);
  });

  test("a candidate worse by the margin has the part of the events that the margin says", () => {
    expect(candidatesPart(0.1, 0)).toBeCloseTo(0.1, 15);
    expect(candidatesPart(0.1, 1)).toBeCloseTo(0.2 / 1.1, 15);
    expect(candidatesPart(0.5, 0.5)).toBeCloseTo(0.6, 15);
  });

  test("what is needed is shared out among the claims", () => {
    expect(evidenceNeeded(0.05, 1)).toBeCloseTo(Math.log(20), 12);
    expect(evidenceNeeded(0.05, 10)).toBeCloseTo(Math.log(200), 12);
  });

  test("binomial probabilities sum to 1", () => {
    for (const [n, p] of [
      [1, 0.3],
      [15, 0.1],
      [40, 0.5],
      [2_000, 0.01],
    ] as const) {
      const sum = Array.from({ length: n + 1 }, (_, k) => Math.exp(logBinomial(k, n, p))).reduce((a, b) => a + b);
      expect(Math.abs(sum - 1)).toBeLessThan(1e-12);
    }
  });
});
