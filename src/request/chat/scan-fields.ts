// The fields of a scan's result, as assembly/layout.ts has them: where each stands among the integers that the host reads.

/** Fields of the result. Strings that name someone have two: start, end. */
export const FIELD = {
  format: 0,
  turns: 1,
  flags: 2,
  tokens: 3,
  cuts: 4,
  modelStart: 5,
  modelEnd: 6,
  rootOpen: 7,
  pieces: 8,
  params: 9,
  user: 10,
  safetyIdentifier: 12,
  metadataUserId: 14,
  sessionId: 16,
  conversation: 18,
  metadataSessionId: 20,
  promptCacheKey: 22,
  textEnd: 40,
  spans: 41,
  spansMore: 42,
  imageParts: 43,
  kept: 44, // as many as there are KEPT_KINDS
  maxTokens: 50,
  maxCompletionTokens: 51,
  maxOutputTokens: 52,
  actions: 53,
  actionList: 54,
  lastSpeaker: 55,
  schema: 56, // start, end
  errors: 58,
  folding: 61,
  humanTurns: 62,
} as const;
