// A learned policy of the file: its model is read, and what is not given comes from what the model was trained for.
import { defaultMinConfidence } from "../request/policy/learned/policy.ts";
import type { LearnedPolicyConfig } from "./config.ts";
import { type PolicyContext, underAndOver } from "./policy-context.ts";
import type { PolicyFileOf } from "./policy-schema.ts";
import { fingerprint } from "./versions.ts";

/** Without a model, nobody has said which share would be right: the middle of the 60 to 70 % to aim at. */
const UNTRAINED_WEAK_SHARE = 0.65;
const UNTRAINED_THRESHOLD = 0.5;

export function resolveLearned(policy: PolicyFileOf<"learned">, context: PolicyContext): LearnedPolicyConfig {
  const model = modelOf(policy.file, context);
  checkBounds(policy, context);
  const settings = {
    type: policy.type,
    threshold: policy.threshold ?? model?.cut ?? UNTRAINED_THRESHOLD,
    weakShare: policy.weakShare ?? model?.weakShare ?? UNTRAINED_WEAK_SHARE,
    minThreshold: policy.minThreshold,
    maxThreshold: policy.maxThreshold,
    // The cut of training holds a share, as `auto` does.
    minConfidence: policy.minConfidence ?? defaultMinConfidence(policy.threshold ?? "auto"),
    unsure: policy.unsure ?? (model === undefined ? "abstain" : "up"),
    ...underAndOver(context, policy),
    highest: context.last,
  };
  return { ...settings, file: policy.file, model, id: `${context.name}@${fingerprint({ ...settings, model: model?.id })}` };
}

function modelOf(file: string | undefined, { path, readModel, complain }: PolicyContext) {
  if (file === undefined) return undefined;
  const read = readModel(file);
  if (read.kind === "model") return read.model;
  complain([...path, "file"], read.message);
  return undefined;
}

function checkBounds(
  { threshold, weakShare, minThreshold, maxThreshold }: PolicyFileOf<"learned">,
  { path, complain }: PolicyContext,
): void {
  for (const [key, value] of Object.entries({ weakShare, minThreshold, maxThreshold })) {
    if (value !== undefined && threshold !== "auto") complain([...path, key], "counts only with `threshold: auto`");
  }
  if (minThreshold !== undefined && maxThreshold !== undefined && minThreshold > maxThreshold)
    complain([...path, "minThreshold"], `must be at most maxThreshold, ${maxThreshold}`);
}
