// A logged request as a policy is asked about it once more: its facts as they were noted, its text where the prompt was kept. What a policy
// asks for and the log does not hold ends the asking, and is told by name.

import { type ActionFacts, TURN_TYPES, type TurnType } from "../../request/chat/actions.ts";
import {
  FORMATS,
  type Format,
  type RequestFacts,
  SCOPES,
  SCRIPTS,
  type Scope,
  type Script,
  type TextFacts,
} from "../../request/chat/facts.ts";
import type { ChatScanner } from "../../request/chat/scanner.ts";
import type { Topic } from "../../request/policy/learned/topics.ts";
import type { Policy, PolicyRequest } from "../../request/policy/policy.ts";
import { ACTION_HEADERS } from "../../request/policy/session.ts";
import { policyRequest } from "../../request/routing/policy-request.ts";
import type { LoggedRequest } from "../dataset/logged-request.ts";

export type AskedAgain =
  | { readonly kind: "tier"; readonly tier: string | undefined }
  | { readonly kind: "not-logged"; readonly what: string };

/** Ends the asking; caught here. */
class NotLogged extends Error {}

/** `tier` undefined: it abstains. The scanner has looked for what the policy needs. */
export function askAgain(policy: Policy, logged: LoggedRequest, scanner: ChatScanner): AskedAgain {
  try {
    const text = textOf(logged, scanner);
    if (text === undefined && policy.needs.keywords.length > 0) return { kind: "not-logged", what: "keywords of the text" };
    return { kind: "tier", tier: policy.decide(requestAgain(logged, text))?.tier };
  } catch (error) {
    if (error instanceof NotLogged) return { kind: "not-logged", what: error.message };
    throw error;
  }
}

function lacks(what: string): never {
  throw new NotLogged(what);
}

/** Of the prompt alone, which is the last message. */
function textOf({ prompt }: LoggedRequest, scanner: ChatScanner): PolicyRequest | undefined {
  if (prompt === undefined) return undefined;
  const body = new TextEncoder().encode(JSON.stringify({ messages: [{ role: "user", content: prompt }] }));
  const scanned = scanner.scan(body, "chat-completions");
  return scanned.kind === "chat" ? policyRequest(scanned.facts, scanner, { get: () => undefined }) : undefined;
}

function requestAgain(logged: LoggedRequest, text: PolicyRequest | undefined): PolicyRequest {
  return {
    facts: factsAgain(logged, text?.facts),
    requestId: logged.requestId,
    get path() {
      return lacks("the path");
    },
    voter: undefined,
    topic: topicAgain(logged),
    borders: text?.borders ?? new Map(),
    header: (name) => (ACTION_HEADERS.has(name) ? undefined : name === "x-request-id" ? logged.requestId : lacks(`the header ${name}`)),
    text: (scope) => text?.text(scope) ?? lacks("the text"),
    foldedText: (scope) => (text === undefined ? lacks("the text") : text.foldedText(scope)),
  };
}

/** Another model would say otherwise: it must read the text. */
function topicAgain({ facts }: LoggedRequest): Topic | undefined {
  const [name, model] = [facts.text("topic"), facts.text("topicModel")];
  return name === undefined || model === undefined ? undefined : { name, probability: Number.NaN, model };
}

function factsAgain({ signals, facts }: LoggedRequest, text: RequestFacts | undefined): RequestFacts {
  const counted = <T>(value: T | undefined, what: string): T => value ?? lacks(what);
  return {
    get format() {
      return counted<Format>(
        FORMATS.find((name) => name === signals.text("format")),
        "the format",
      );
    },
    get turns() {
      return counted(signals.number("turns"), "the number of messages");
    },
    get humanTurns() {
      return counted(facts.number("humanTurns"), "facts.humanTurns");
    },
    get bodyBytes() {
      return counted(signals.number("bodyBytes"), "the size of the body");
    },
    texts: textsAgain(facts, text),
    stream: signals.flag("stream"),
    tools: facts.flag("tools"),
    images: facts.flag("images"),
    files: facts.flag("files"),
    audio: facts.flag("audio"),
    video: facts.flag("video"),
    continued: signals.flag("continued"),
    continuedBy: [],
    jsonOutput: facts.flag("json"),
    get inputTokens() {
      return counted(facts.number("inputTokens"), "facts.inputTokens");
    },
    maxTokens: facts.number("maxTokens"),
    action: actionAgain(facts),
    requestedModel: signals.text("model"),
    get user(): string | undefined {
      return lacks("the user's name");
    },
    session: facts.number("unit")?.toString(16),
  };
}

function actionAgain(facts: LoggedRequest["facts"]): ActionFacts {
  const turn: TurnType | undefined = TURN_TYPES.find((name) => name === facts.text("turn"));
  return {
    get turn() {
      return turn ?? lacks("facts.turn");
    },
    toolLoop: facts.flag("toolLoop"),
    get calls() {
      return lacks("the calls of tools");
    },
    get repeats() {
      return lacks("the calls of tools");
    },
    get errors() {
      return lacks("the calls of tools");
    },
    fingerprint: undefined,
    get userSession(): string | undefined {
      return lacks("the user's name");
    },
  };
}

function textsAgain(facts: LoggedRequest["facts"], text: RequestFacts | undefined): RequestFacts["texts"] {
  const texts: Partial<Record<Scope, TextFacts>> = {};
  for (const scope of SCOPES) texts[scope] = textAgain(facts, scope, text?.texts[scope]);
  return texts;
}

/** How long it was is as it was logged; what stands in it is known of the prompt alone. */
function textAgain(facts: LoggedRequest["facts"], scope: Scope, read: TextFacts | undefined): TextFacts {
  const script: Script | undefined = SCRIPTS.find((name) => name === facts.text("script"));
  return {
    get chars() {
      return facts.part("chars").number(scope) ?? read?.chars ?? lacks(`how long the text is (facts.chars.${scope})`);
    },
    get textBytes() {
      return read?.textBytes ?? lacks("how many bytes the text has");
    },
    get keywordHits() {
      return read?.keywordHits ?? lacks("keywords of the text");
    },
    get codeFences() {
      return read?.codeFences ?? lacks("code fences of the text");
    },
    get script() {
      return (scope === "last_user" ? script : undefined) ?? read?.script ?? lacks("the script of the text");
    },
  };
}
