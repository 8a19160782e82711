// What is held for peers, with its gauge; and of whom is cut off because it is too much, a count by reason and a line now and then.
import { garbage } from "../../envoy/grpc/http2/garbage.ts";
import { type CutOff, PeerMemory } from "../../envoy/grpc/http2/peer-memory.ts";
import type { Logger } from "./log.ts";
import { lossReport } from "./loss-report.ts";
import type { Metrics } from "./metrics.ts";

export interface ReportedMemory {
  readonly memory: PeerMemory;
  close(): void;
}

export function reportedMemory(budgetBytes: () => number, metrics: Metrics, log: Logger): ReportedMemory {
  const cutOffs = lossReport(
    log,
    "calls are cut off or refused: their peers have us hold more than limits.bodyBudgetBytes, or open too many",
  );
  const onCutOff = (why: CutOff) => {
    metrics.cutOff(why);
    cutOffs.lost(1, why);
  };
  const memory = new PeerMemory({ budgetBytes, onCutOff, garbage: garbage() });
  metrics.peersHold(() => memory.held());
  return { memory, close: () => cutOffs.close() };
}
