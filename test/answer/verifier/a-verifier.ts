// A verifier with one question: is a fact over a limit? Over it an answer is right with 0.1, else with 0.9.
import { ANSWER_FACTS } from "../../../src/answer/verifier/answer-facts.ts";
import type { NewVerifier } from "../../../src/answer/verifier/verifier-file.ts";

export function aVerifier(fact: (typeof ANSWER_FACTS)[number], limit: number): NewVerifier {
  const wrong = Math.log(9);
  return {
    trees: {
      depth: 1,
      facts: Uint8Array.of(ANSWER_FACTS.indexOf(fact)),
      thresholds: Float64Array.of(limit),
      leaves: Float64Array.of(-2, 2),
    },
    calibration: { a: wrong / 2, b: 0 },
    share: 0.3,
    threshold: 0.4,
    weighedThreshold: 0.5,
    costs: { upTo: [100], chars: [100, 400], mean: 100 },
    summary: { rows: 100, wrong: 50, apgr: 0.6, apgrLeftOut: 0.55, fingerprint: "f", seed: 1, date: "2026-01-31" },
  };
}
