// A request as if one keyword had not been found in it: for asking a policy what it would have decided then.
import { type RequestFacts, SCOPES, type Scope, type TextFacts } from "../../request/chat/facts.ts";
import type { PolicyRequest } from "../../request/policy/policy.ts";

/** Holds as long as the request. Conditions on the text itself still see the keyword. */
export function withoutKeyword(request: PolicyRequest, keyword: string): PolicyRequest {
  return {
    facts: factsWithout(request.facts, keyword),
    requestId: request.requestId,
    path: request.path,
    voter: request.voter,
    borders: request.borders,
    header: (name) => request.header(name),
    text: (scope) => request.text(scope),
    foldedText: (scope) => request.foldedText(scope),
  };
}

/** What is computed when asked for stays so. */
function factsWithout(facts: RequestFacts, keyword: string): RequestFacts {
  const texts: Partial<Record<Scope, TextFacts>> = {};
  for (const scope of SCOPES) {
    const text = facts.texts[scope];
    if (text !== undefined) texts[scope] = textWithout(text, keyword);
  }
  return {
    format: facts.format,
    turns: facts.turns,
    humanTurns: facts.humanTurns,
    bodyBytes: facts.bodyBytes,
    texts,
    stream: facts.stream,
    tools: facts.tools,
    images: facts.images,
    files: facts.files,
    audio: facts.audio,
    video: facts.video,
    jsonOutput: facts.jsonOutput,
    continued: facts.continued,
    get action() {
      return facts.action;
    },
    get inputTokens() {
      return facts.inputTokens;
    },
    get maxTokens() {
      return facts.maxTokens;
    },
    get continuedBy() {
      return facts.continuedBy;
    },
    get requestedModel() {
      return facts.requestedModel;
    },
    get user() {
      return facts.user;
    },
    get session() {
      return facts.session;
    },
  };
}

function textWithout(text: TextFacts, keyword: string): TextFacts {
  return {
    chars: text.chars,
    textBytes: text.textBytes,
    keywordHits: text.keywordHits.filter((hit) => hit !== keyword),
    get codeFences() {
      return text.codeFences;
    },
    get script() {
      return text.script;
    },
  };
}
