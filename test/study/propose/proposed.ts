// What is proposed for made-up rows behind the threshold policy v7, in the tests.
import { PRESETS } from "../../../src/config/presets.ts";
import { type ThresholdSettings, thresholdPolicy } from "../../../src/request/policy/threshold.ts";
import type { FamilyName } from "../../../src/study/propose/families.ts";
import type { ReadRows } from "../../../src/study/propose/labelled-rows.ts";
import { type Proposal, type ProposalSettings, propose } from "../../../src/study/propose/proposal.ts";

export const V7: ThresholdSettings = { ...PRESETS.v7, maxBytes: undefined, scope: "all", under: "weak", over: "strong" };
export const PLACE = { tiers: ["weak", "strong"], defaultTier: "strong", can: undefined, envelopes: [] };
export const QUICK: readonly FamilyName[] = ["keywords", "thresholds", "keywords and thresholds", "rules"];

const price = (tier: string, dollars: number) => ({ tier, inputPerMTok: dollars, outputPerMTok: dollars, perHour: undefined });

export async function proposed(rows: ReadRows, changed: Partial<ProposalSettings> = {}): Promise<Proposal> {
  const policy = { policy: thresholdPolicy(V7), id: "main@v7", seats: [] };
  const settings: ProposalSettings = {
    place: PLACE,
    prices: [price("weak", 0.1), price("strong", 3)],
    outputTokens: 300,
    present: policy,
    base: policy,
    seat: { settings: V7, before: [] },
    learned: { before: [], old: {} },
    mended: [],
    families: QUICK,
    weakShare: undefined,
    newTopics: 0.2,
    seed: 1,
    resamples: 400,
    date: "2026-01-31",
    ...changed,
  };
  return propose(rows, settings, { step: () => {}, training: { rows: () => {}, models: () => {}, refuse: () => {} } });
}
