// Every reason a request can carry in `x-sluice-reason` and in the metrics: what a policy decided on, or why none was asked.

export interface ReasonMeaning {
  readonly name: string;
  readonly meaning: string;
}

/** Reasons a policy gives. */
export const POLICY_REASONS = [
  { name: "keyword", meaning: "the text holds a strong keyword; the header names it, percent-encoded: `keyword:%E8%AE%BE%E8%AE%A1`" },
  { name: "rule", meaning: "a rule matched; the header names it: `rule:greeting`" },
  { name: "default", meaning: "no rule matched: the rule policy's fallback" },
  { name: "difficulty", meaning: "the difficulty score, which the header gives (`difficulty:0.35`), falls into the tier's band" },
  { name: "fixed", meaning: "the policy sends everything to this tier" },
  { name: "random", meaning: "drawn by lot, the same for the same request id" },
  { name: "chars", meaning: "the text has more code points than `maxChars`" },
  { name: "bytes", meaning: "the text has more UTF-8 bytes than `maxBytes`" },
  { name: "turns", meaning: "the conversation has more messages than `maxTurns`" },
  { name: "under-thresholds", meaning: "no threshold was passed" },
  { name: "learned-over", meaning: "the learned probability that strong is needed reaches the threshold" },
  { name: "learned-under", meaning: "the learned probability that strong is needed is under the threshold" },
  { name: "learned-unsure", meaning: "the learned policy is less sure than `minConfidence`: the highest tier" },
  { name: "untrained", meaning: "the learned policy has no model: the highest tier" },
  { name: "abstained", meaning: "the policy, or every link of a chain, had no opinion: the default tier" },
] as const satisfies readonly ReasonMeaning[];

/** Reasons for passing a request on unchanged, to the default tier, without asking a policy. */
export const UNROUTED_REASONS = [
  { name: "no-body", meaning: "the request has no body (a GET, for example)" },
  { name: "empty-body", meaning: "the body is empty" },
  { name: "compressed", meaning: "the request has a content-encoding; put Envoy's decompressor in front to have it routed" },
  { name: "not-json-type", meaning: "the content-type is multipart, audio, image, video or octet-stream" },
  { name: "body-too-large", meaning: "the body is larger than `limits.maxBodyBytes`" },
  { name: "over-budget", meaning: "the bodies in flight already fill `limits.bodyBudgetBytes`" },
  { name: "not-utf8", meaning: "the body is not valid UTF-8" },
  { name: "not-json", meaning: "the body is not valid JSON" },
  { name: "too-deep", meaning: "the body's JSON nests deeper than 128 levels" },
  {
    name: "not-a-chat",
    meaning: "the path stands for another interface (embeddings, for example), or the body is JSON of no format that is read",
  },
  { name: "body-not-sent", meaning: "Envoy is configured not to send request bodies (`request_body_mode: NONE`)" },
  {
    name: "body-streamed",
    meaning: "Envoy sends the body in pieces only after it forwarded the headers (STREAMED or GRPC): too late to choose",
  },
  { name: "body-partial", meaning: "Envoy sent only the front of the body (BUFFERED_PARTIAL)" },
  { name: "headers-not-sent", meaning: "Envoy sent no request headers (`request_header_mode: SKIP`): a tier header would be lost" },
  { name: "internal-error", meaning: "a bug in sluice; the log has it" },
] as const satisfies readonly ReasonMeaning[];

/** Of requests that are no chat, so that no tier was decided for them: they go where unread requests go. */
const NOT_CHATS: ReadonlySet<string> = new Set<(typeof UNROUTED_REASONS)[number]["name"]>([
  "no-body",
  "empty-body",
  "not-json-type",
  "not-a-chat",
]);

export function isNotChat(reason: string): boolean {
  return NOT_CHATS.has(reason);
}

export type UnroutedReason = (typeof UNROUTED_REASONS)[number]["name"];

export const REASONS: readonly ReasonMeaning[] = [...POLICY_REASONS, ...UNROUTED_REASONS];
