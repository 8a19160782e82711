// What a policy may know about a request without reading its text: counts, keyword hits and what the client asked for.
import type { ActionFacts } from "./actions.ts";
import type { KeptReference } from "./kept.ts";

/** The request formats that are read. `chat-completions`, `completions` and `responses` are OpenAI's, `messages` is Anthropic's. */
export const FORMATS = ["chat-completions", "completions", "responses", "messages"] as const;
export type Format = (typeof FORMATS)[number];

/**
 * Whose text is read. `user`: messages whose role is `user`, a prompt, a text `input`; not what tools gave back inside a message, and not
 * what an agent's harness put into it in envelopes (envelopes.ts). `last_user`: the last of these messages that is more than tool results
 * and envelopes; it may be an image without a word. `prompt`: the last that has text.
 */
export const SCOPES = ["all", "user", "last_user", "prompt"] as const;
export type Scope = (typeof SCOPES)[number];

/** What turns are. `human`: messages of the user that are more than tool results and envelopes, so that a tool loop adds none. */
export const TURN_KINDS = ["messages", "human"] as const;
export type TurnKind = (typeof TURN_KINDS)[number];

/** What a text is written in: the script of most of its letters; `other` for scripts not named here and for a text without letters. */
export const SCRIPTS = ["latin", "han", "hangul", "cyrillic", "other"] as const;
export type Script = (typeof SCRIPTS)[number];

/** The joined text of one scope: non-empty contents and text parts, one space between. Holds until the next scan. */
export interface TextFacts {
  readonly chars: number; // code points, what can be written as one as one; a token of a prompt given in tokens counts as 4
  readonly textBytes: number; // the same text in UTF-8 bytes, as it is written
  readonly keywordHits: readonly string[]; // keywords found in the folded text, each once, in the order of the scanner's list
  readonly codeFences: number; // occurrences of ```, computed when asked for
  readonly script: Script; // computed when asked for
}

export interface RequestFacts {
  readonly format: Format;
  readonly turns: number; // elements of `messages`, of a list `input`; 1 for a prompt or a text `input`
  readonly humanTurns: number; // see TURN_KINDS; knows envelopes where a scope but `all` is asked for, as routing always does
  readonly bodyBytes: number; // of the whole request
  readonly texts: Readonly<Partial<Record<Scope, TextFacts>>>; // of the scopes that were asked for
  readonly stream: boolean;
  readonly tools: boolean; // a non-empty list of tools (or functions) is offered
  readonly images: boolean; // screenshots of a computer too
  readonly files: boolean; // documents too
  readonly audio: boolean;
  readonly video: boolean;
  readonly continued: boolean; // it refers to what one server keeps
  readonly continuedBy: readonly KeptReference[]; // by what, one of a kind at most; read when asked for
  readonly jsonOutput: boolean; // JSON is asked for: json_object, or a JSON schema
  readonly inputTokens: number; // an estimate, of all that reaches the model (docs/tokens.md); computed when asked for, as is the next
  readonly maxTokens: number | undefined; // how long the answer may be, as the client says; under any of its three names
  readonly action: ActionFacts; // what it is in an agent's session; each of them read when asked for
  readonly requestedModel: string | undefined; // decoded when asked for, as are the next two
  readonly user: string | undefined; // who asks, as the client names them
  readonly session: string | undefined;
}

/** The facts of one scope. A policy states the scopes it reads, so a missing one is a bug. */
export function textIn(facts: RequestFacts, scope: Scope): TextFacts {
  const text = facts.texts[scope];
  if (text === undefined) throw new Error(`invariant: the scope ${scope} was asked for`);
  return text;
}

export function turnsIn(facts: RequestFacts, kind: TurnKind | undefined): number {
  return kind === "human" ? facts.humanTurns : facts.turns;
}

/** What an estimate may be under, so that a window is rather taken for too small than for large enough. */
const ESTIMATE_MARGIN = 1.1;

/** About how many tokens of a context window the request takes: its input, with a margin, and what the answer may have. */
export function windowTokens({ inputTokens, maxTokens = 0 }: RequestFacts): number {
  return Math.ceil(ESTIMATE_MARGIN * inputTokens) + maxTokens;
}

/** Shared by all facts without a hit. */
export const EMPTY_HITS: readonly string[] = Object.freeze([]);

/** Where a keyword first stands. */
export interface KeywordPlace {
  readonly keyword: string;
  readonly message: number; // index in `messages` (or `input`); -1: the system text beside it
  readonly character: number; // code points from the start of that message's text
}
