// The reasons in `x-sluice-reason` and in the metrics that no policy gives: none was asked, or it abstained. Those of policies stand in
// each type's description.

export interface ReasonMeaning {
  readonly name: string;
  readonly meaning: string;
}

/** The reason where a policy gave none. */
export const ABSTAINED = {
  name: "abstained",
  meaning: "the policy, or every link of a chain, had no opinion: the default tier",
} as const satisfies ReasonMeaning;

/** The reason where no answer is asked for, only how long the question is; behind it stands the one of the policy. */
export const TOKEN_COUNT = {
  name: "token-count",
  meaning: "tokens are counted (`/v1/messages/count_tokens` …) by the tier the chat would go to; no chat, no cost",
} as const satisfies ReasonMeaning;

/** Of a request that refers to what one server keeps: its tier is given, and no policy is asked. The header says by what it refers. */
export const CONTINUED = {
  name: "continued",
  meaning: "it refers to what one server keeps: the tier that this came from; `continued:response`",
} as const satisfies ReasonMeaning;
export const CONTINUED_UNKNOWN = {
  name: "continued-unknown",
  meaning: "the same, and no answer has shown where it came from: `continued.unknown`",
} as const satisfies ReasonMeaning;
export const CONTINUED_PATH = {
  name: "continued-path",
  meaning: "its path reads what one server keeps, such as `/v1/responses/ID`: the tier that this came from; `continued-path:file`",
} as const satisfies ReasonMeaning;
export const CONTINUED_PATH_UNKNOWN = {
  name: "continued-path-unknown",
  meaning: "the same, and no answer has shown where it came from: `continued.unknown`",
} as const satisfies ReasonMeaning;

export const CONTINUED_REASONS: readonly ReasonMeaning[] = [CONTINUED, CONTINUED_UNKNOWN, CONTINUED_PATH, CONTINUED_PATH_UNKNOWN];

/** Where a session stays with the tier of its last action, whatever was decided. What keeps it there stands behind it. */
export const PINNED = {
  name: "pinned",
  meaning:
    "the session stays with the tier of its last action (`session`): `pinned:tool-loop`, its server asked for these results of tools; " +
    "`pinned:server-state`, it refers to what one server keeps; `pinned:cache`, a switch down costs more than it saves",
} as const satisfies ReasonMeaning;

/** Where a session goes up since an answer of its was bad. The tier that gave it stands in `inSession`. */
export const RAISED = {
  name: "raised",
  meaning: "an answer to one of the session's last questions was bad (`session.upAfterBad`): a tier above the one that gave it",
} as const satisfies ReasonMeaning;

export const PINNED_REASONS: readonly ReasonMeaning[] = [PINNED, RAISED];

/** Where the tier was drawn, so that it can be seen what another one does. */
export const AUDIT = {
  name: "audit",
  meaning: "its session is of the audit slice (`audit`): its tier was drawn, and is not the one the policy wanted",
} as const satisfies ReasonMeaning;

export const AUDIT_REASONS: readonly ReasonMeaning[] = [AUDIT];

/** Where a guard chose another tier than was decided, since some cannot take the request. What they lack stands behind it. */
export const CANNOT = {
  name: "cannot",
  meaning: "the tier decided cannot take the request (`tiers[].can`, `contextTokens`): the next above it that can; `cannot:images-tools`",
} as const satisfies ReasonMeaning;
export const CANNOT_ABOVE = {
  name: "cannot-above",
  meaning: "nor can any above it: the nearest below that can; a quality lower than the policy asked for",
} as const satisfies ReasonMeaning;
export const CANNOT_ANY = {
  name: "cannot-any",
  meaning: "no tier can take it: the one with the largest window, which will most likely refuse it",
} as const satisfies ReasonMeaning;

export const CANNOT_REASONS: readonly ReasonMeaning[] = [CANNOT, CANNOT_ABOVE, CANNOT_ANY];

/** Where limits chose another tier than was decided, or none. The limit's name stands behind it. */
export const QUOTA = {
  name: "quota",
  meaning: "the tier's quota is used up (`quotas`): the next that has room (`ledger.order`); `quota:daily-strong`",
} as const satisfies ReasonMeaning;
export const BUDGET = {
  name: "budget",
  meaning: "a cheaper tier, so that the window ends within its budget (`budgets`), or the budget is used up; `budget:month`",
} as const satisfies ReasonMeaning;
export const QUOTA_REFUSED = {
  name: "quota-refused",
  meaning: "no tier has room, and a hard quota is not passed: the client is told to come back later",
} as const satisfies ReasonMeaning;
export const BUDGET_REFUSED = {
  name: "budget-refused",
  meaning: "the same of a hard budget",
} as const satisfies ReasonMeaning;

export const LIMIT_REASONS: readonly ReasonMeaning[] = [QUOTA, BUDGET, QUOTA_REFUSED, BUDGET_REFUSED];
/** Where the tier decided fails, or answers later than its level allows. The tier that was left stands behind it. */
export const BREAKER = {
  name: "breaker",
  meaning: "the tier decided, or its provider, fails too often (`breaker`): its substitute, until it has healed; `breaker:weak`",
} as const satisfies ReasonMeaning;
export const SLO = {
  name: "slo",
  meaning: "the tier decided answers requests of this size later than `tiers[].slo` allows: one that does not; `slo:strong`",
} as const satisfies ReasonMeaning;

export const HEALTH_REASONS: readonly ReasonMeaning[] = [BREAKER, SLO];

/** Reasons for passing a request on unchanged, to the default tier, without asking a policy. */
export const UNROUTED_REASONS = [
  { name: "no-body", meaning: "the request has no body (a GET, for example)" },
  { name: "empty-body", meaning: "the body is empty" },
  { name: "upgrade", meaning: "the connection becomes another (a websocket, or CONNECT): there is no body to wait for" },
  {
    name: "compressed",
    meaning: "the request has a content-encoding; Envoy's decompressor in front has it routed (docs/envoy-recipes.md)",
  },
  { name: "not-json-type", meaning: "the content-type is multipart, audio, image, video or octet-stream" },
  { name: "body-too-large", meaning: "the body is larger than `limits.maxBodyBytes`" },
  { name: "over-budget", meaning: "the bodies in flight already fill `limits.bodyBudgetBytes`" },
  { name: "not-utf8", meaning: "the body is not valid UTF-8" },
  { name: "not-json", meaning: "the body is not valid JSON" },
  { name: "too-deep", meaning: "the body's JSON nests deeper than 128 levels" },
  {
    name: "no-messages",
    meaning:
      "the path is a chat's, but nothing to read stands in the body: a prompt kept at the server, or a mistake. The tier's model is " +
      "set as in any chat",
  },
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

/** With these the client was refused at once: no tier was asked. */
export const REFUSALS: ReadonlySet<string> = new Set([QUOTA_REFUSED.name, BUDGET_REFUSED.name]);

export function isRefusal(reason: string): boolean {
  return REFUSALS.has(reason);
}

/** Of requests that are no chat: they have no share in the tiers, and no cost. */
const UNREAD_NO_CHATS: readonly UnroutedReason[] = ["no-body", "empty-body", "not-json-type", "not-a-chat"];
const NOT_CHATS: ReadonlySet<string> = new Set([...UNREAD_NO_CHATS, TOKEN_COUNT.name, CONTINUED_PATH.name, CONTINUED_PATH_UNKNOWN.name]);

export function isNotChat(reason: string): boolean {
  return NOT_CHATS.has(reason);
}

export type UnroutedReason = (typeof UNROUTED_REASONS)[number]["name"];
