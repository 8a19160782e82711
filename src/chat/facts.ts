// What a policy may know about a request without seeing its text: counts and keyword hits, measured over one scope of the conversation.

/** Whose text is read; `last_user`: the last message whose role is `user`. Turns are counted over all messages whatever the scope. */
export const SCOPES = ["all", "user", "last_user"] as const;
export type Scope = (typeof SCOPES)[number];

export interface RequestFacts {
  readonly turns: number; // elements of `messages`
  readonly chars: number; // code points of the joined text: non-empty contents and text parts in scope, one space between
  readonly textBytes: number; // the same text in UTF-8 bytes
  readonly keywordHits: readonly string[]; // keywords found, each once, in the order of the keyword list
}

/** Shared by all facts without a hit. */
export const EMPTY_HITS: readonly string[] = Object.freeze([]);

/** Where a keyword first stands. */
export interface KeywordPlace {
  readonly keyword: string;
  readonly message: number; // index in `messages`
  readonly character: number; // code points from the start of that message's text
}
