// What a policy is asked about, made from the parts a test cares about. Keyword hits are found in the text as the scanner would.
import { NO_ACTION } from "../../src/request/chat/actions.ts";
import { type RequestFacts, SCOPES, type Scope, type TextFacts } from "../../src/request/chat/facts.ts";
import type { PolicyRequest } from "../../src/request/policy/policy.ts";

export interface RequestParts {
  readonly text?: string; // of every scope
  readonly texts?: Readonly<Partial<Record<Scope, string>>>; // of one scope, instead
  readonly keywords?: readonly string[]; // that are looked for
  readonly measured?: Partial<TextFacts>; // of every scope, instead of what the text says
  readonly facts?: Partial<Omit<RequestFacts, "texts">>;
  readonly requestId?: string;
  readonly path?: string;
  readonly voter?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export function policyRequest({
  text = "",
  texts = {},
  keywords = [],
  measured = {},
  facts = {},
  ...rest
}: RequestParts = {}): PolicyRequest {
  const textOf = (scope: Scope) => texts[scope] ?? text;
  const measuredTexts = SCOPES.map((scope) => [scope, { ...textFacts(textOf(scope), keywords), ...measured }]);
  return {
    facts: {
      format: "chat-completions",
      turns: 1,
      humanTurns: 1,
      bodyBytes: 200,
      texts: Object.fromEntries(measuredTexts),
      stream: false,
      tools: false,
      images: false,
      files: false,
      audio: false,
      video: false,
      jsonOutput: false,
      inputTokens: 40,
      maxTokens: undefined,
      action: NO_ACTION,
      continued: false,
      continuedBy: [],
      requestedModel: undefined,
      user: undefined,
      session: undefined,
      ...facts,
    },
    requestId: rest.requestId,
    path: rest.path,
    voter: rest.voter,
    borders: new Map(),
    header: (name) => rest.headers?.[name],
    text: (scope) => new TextEncoder().encode(textOf(scope)),
    foldedText: () => undefined,
  };
}

function textFacts(text: string, keywords: readonly string[]): TextFacts {
  const lowered = text.toLowerCase();
  return {
    chars: [...text].length,
    textBytes: Buffer.byteLength(text),
    keywordHits: keywords.filter((word) => lowered.includes(word)),
    codeFences: text.split("```").length - 1,
    script: "latin",
  };
}
