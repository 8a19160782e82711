// A rollout in its second stage, as it is shown.
import type { RolloutStatus } from "../../../src/outcome/rollout/status.ts";

export const ROLLOUT_STATUS: RolloutStatus = {
  rollout: "next",
  candidate: "next@12345678",
  stable: "main@v7",
  status: "running",
  stage: 1,
  stages: [
    { share: 0, hours: 1 },
    { share: 0.1, hours: 48 },
  ],
  share: 0.1,
  since: "2026-11-29T18:00:00.000Z",
  earliest: "2026-12-01T18:00:00.000Z",
  because: "the stage's least time is not over",
  moreRequests: 3448,
  requests: { stable: 900, candidate: 100 },
  units: { stable: 90, candidate: 10 },
  split: { is: "fine", evidence: -2, needed: 6.9 },
  guards: [
    { guard: "failed", is: "open", rates: { stable: 0.01, candidate: 0.02 }, harm: { is: 1, needed: 4 }, excluded: { is: -1, needed: 3 } },
  ],
  changed: { at: "2026-11-29T18:00:00.000Z", action: "promote", because: "the shadow's time is over", guards: [] },
  past: [],
  judged: "alone",
  curve: { seconds: [1, 60, 120], guards: [{ guard: "failed", harm: [0, 0.1, 0.25], excluded: [0, 0, 0] }] },
};
