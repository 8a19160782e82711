// Of two processes behind one Envoy one decides and the other judges: what was thrown away is counted once, and told where it was decided.
import { expect, test } from "vitest";
import type { Judged } from "../../../src/answer/cascade/cascade.ts";
import type { Outcome } from "../../../src/outcome/join/outcome.ts";
import { createOutcomes, type Outcomes } from "../../../src/outcome/join/outcomes.ts";
import type { ReadElsewhere } from "../../../src/outcome/join/shared-readings.ts";
import { createMetrics } from "../../../src/outcome/telemetry/metrics.ts";
import type { DecidedRequest } from "../../../src/request/routing/decided-request.ts";
import { learnedTiers } from "../../../src/request/routing/served-before.ts";
import { entryByStrong } from "../../support/served-entries.ts";

const PRICE = { inputPerMTok: 1_000_000, outputPerMTok: 1_000_000 };

function processOf(elsewhere: ReadElsewhere) {
  const outcomes: Outcome[] = [];
  const metrics = createMetrics();
  const made = createOutcomes({
    maxWaiting: 10,
    maxWaitMs: 1000,
    tiers: () => ["weak", "strong"].map((name) => ({ name, clusters: [name], price: PRICE })),
    learned: learnedTiers(() => 0),
    metrics,
    onOutcome: (outcome) => outcomes.push(outcome),
    elsewhere,
  });
  return { made, outcomes, metrics };
}

const DECIDED = {
  requestId: "r",
  decision: { tier: "weak", policy: "main@1", reason: "rule", cascade: ["weak", "strong"] },
  measured: { inputTokens: 40 },
  bodyBytes: 100,
  decisionMs: 1,
} as unknown as DecidedRequest;

const JUDGED: Judged = {
  requestId: "r",
  tier: "weak",
  result: "refused",
  reason: "refusal",
  heldMs: 5,
  heldBytes: 80,
  thrownAway: { reading: { usage: undefined, knowsOutput: false, isComplete: false, keys: [] } as never, bytes: 80, events: 9 },
};

test("it is told to the process that knows the request, which counts the prompt that only it has measured", async () => {
  const processes: Outcomes[] = [];
  const to = (index: number): ReadElsewhere => ({
    reading() {},
    read() {},
    discarded: (...thrown) => processes[index]?.readElsewhere.discarded(...thrown),
  });
  const [decides, judges] = [processOf(to(1)), processOf(to(0))];
  processes.push(decides.made, judges.made);
  decides.made.entry(entryByStrong("before")); // Envoy tells it
  decides.made.decided(DECIDED);
  judges.made.judged(JUDGED);
  judges.made.judged({ ...JUDGED, requestId: "another's" });
  decides.made.entry(entryByStrong("r"));
  decides.made.readElsewhere.read("r", undefined);
  expect(decides.outcomes.at(-1)?.discarded).toEqual([
    { tier: "weak", reason: "refusal", basis: "estimated", inputTokens: 40, outputTokens: 9, costUsd: 49 },
  ]);
  const counted = async (metrics: typeof decides.metrics) =>
    (await metrics.expose("prometheus")).text.includes("sluice_discarded_tokens_total{");
  expect([await counted(decides.metrics), await counted(judges.metrics)]).toEqual([false, true]);
  for (const each of processes) each.close();
});
