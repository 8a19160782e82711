// What a rule may ask of a request.
import type { TurnType } from "../chat/actions.ts";
import type { Format, Script } from "../chat/facts.ts";

/** What a request may come with. `json`: JSON output is asked for; `code`: the text has a code fence. */
export const FEATURES = ["stream", "tools", "images", "files", "audio", "video", "json", "code"] as const;
export type Feature = (typeof FEATURES)[number];

/** All that are given must hold; with none given every request does. Texts are those of the rule's scope. */
export interface BasicConditions {
  readonly anyKeyword?: readonly string[] | undefined; // lower case; at least one is found
  readonly allKeywords?: readonly string[] | undefined; // lower case; each is found
  readonly regex?: string | undefined; // found anywhere in the text; RE2 syntax
  readonly minChars?: number | undefined; // code points, both bounds included
  readonly maxChars?: number | undefined;
  readonly minBytes?: number | undefined; // of the whole body
  readonly minTurns?: number | undefined; // as the rule counts them, both bounds included
  readonly maxTurns?: number | undefined;
  readonly model?: string | undefined; // as requested; `*` stands for any characters, as in the next two
  readonly path?: string | undefined; // without its query
  readonly headers?: Readonly<Record<string, string>> | undefined; // names in lower case; an absent header matches nothing, not even `*`
  readonly continued?: boolean | undefined; // it refers, or does not, to what one server keeps
  readonly has?: readonly Feature[] | undefined; // each of them
  readonly script?: readonly Script[] | undefined; // one of them
  readonly topic?: readonly string[] | undefined; // one of them, as the policy's model tells it
  readonly format?: readonly Format[] | undefined; // one of them
  readonly turn?: readonly TurnType[] | undefined; // one of them
  readonly toolLoop?: boolean | undefined; // results of tools wait for an answer, or do not
  readonly session?: string | undefined; // the session's id; `*` stands for any characters, as in the next two
  readonly agent?: string | undefined; // the sub-agent's id
  readonly calledTools?: readonly string[] | undefined; // among the last calls is one of a tool that fits one of these
  readonly minRepeats?: number | undefined; // of one call among the last
  readonly minErrors?: number | undefined; // among the last results
  readonly minInputTokens?: number | undefined; // estimated
  readonly minAnswerTokens?: number | undefined; // how long the answer may be; where the client does not say, neither holds
  readonly maxAnswerTokens?: number | undefined;
  readonly minWindowTokens?: number | undefined; // tokens of context the request takes, estimated
}

export interface Conditions extends BasicConditions {
  readonly any?: readonly BasicConditions[] | undefined; // at least one of these holds too
}

/** How a rule's keywords stand that must not match inside longer words. */
export const WHOLE_WORD = "both";
