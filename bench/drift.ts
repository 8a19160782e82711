// What watching for drift costs the request path: a decision with a score, and an outcome. CPU time, the median of the rounds with the
// spread. Run: node bench/drift.ts [rounds]
import type { Outcome } from "../src/outcome/join/outcome.ts";
import { createDrift } from "../src/outcome/signals/drift.ts";
import type { Decision } from "../src/request/routing/decision.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const RUNS = 200_000;
const drift = createDrift({ cheapest: () => "weak", policyId: () => "main@1", trained: () => new Map(), now: Date.now, onChange() {} });
const decisions = Array.from({ length: 1000 }, (_, at): Decision => {
  const score = ((at * 617) % 1000) / 1000; // spread evenly, in no order
  return { tier: score > 0.6 ? "strong" : "weak", policy: "main@1", reason: score > 0.6 ? "learned-over" : "learned-under", score };
});
const outcome = { kind: "joined", isChat: true, failure: undefined, served: { status: 200 } } as unknown as Outcome;

const MODES = {
  decision(at: number) {
    const decision = decisions[at % decisions.length];
    if (decision !== undefined) drift.decided(decision);
  },
  outcome: () => drift.outcome(outcome),
} as const;

const rounds = Number(process.argv[2] ?? 15);
const times = new Map<string, number[]>();
for (let round = -2; round < rounds; round++) {
  for (const [name, run] of Object.entries(MODES)) {
    const before = process.cpuUsage();
    for (let at = 0; at < RUNS; at++) run(at);
    const { user, system } = process.cpuUsage(before);
    if (round >= 0) times.set(name, [...(times.get(name) ?? []), (1000 * (user + system)) / RUNS]);
  }
}
printTable(
  ["watching for drift", "ns"],
  [...times].map(([name, values]) => [name, shown(spreadOf(values))]),
);
