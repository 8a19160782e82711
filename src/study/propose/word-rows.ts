// Which rows hold which words: as words are parted, to find candidates, and as a policy would find them, to measure them.
import type { Scope } from "../../request/chat/facts.ts";
import { textIn } from "../../request/chat/facts.ts";
import { WHOLE_WORD } from "../../request/policy/conditions.ts";
import { hitTest } from "../../request/policy/keyword-hits.ts";
import { NO_NEEDS } from "../../request/policy/policy.ts";
import { askRows, type Place } from "./asked-rows.ts";
import type { AskedRow } from "./labelled-rows.ts";
import { wordsOf } from "./words.ts";

/** How a policy looks for its keywords. */
export interface Looking {
  readonly scope: Scope;
  readonly wholeWords: boolean;
}

/** Rows that must hold a word before it is a candidate. */
const LEAST_ROWS = 5;
/** Of the rows in its script: what more of them hold tells how the language works, not what is asked. */
const MOST_SHARE = 0.8;

const SCRIPTS: readonly RegExp[] = [/\p{Script=Han}/u, /\p{Script=Hangul}/u, /\p{Script=Cyrillic}/u, /\p{Script=Latin}/u, /\p{L}/u];
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

export class WordRows {
  readonly words: readonly string[]; // candidates
  readonly ofRow: readonly Int32Array[]; // indices of the candidates it holds, ascending
  readonly #hits = new Map<string, Uint8Array>();
  readonly #rows: readonly AskedRow[];
  readonly #looking: Looking;
  readonly #place: Place;

  constructor(rows: readonly AskedRow[], looking: Looking, place: Place) {
    this.#rows = rows;
    this.#looking = looking;
    this.#place = place;
    const held: ReadonlySet<string>[] = rows.map(() => new Set());
    const written = SCRIPTS.map(() => 0);
    askRows(rows, { ...NO_NEEDS, scopes: [looking.scope] }, place, (request, row) => {
      const text = UTF8.decode(request.text(looking.scope));
      held[row] = wordsOf(text);
      SCRIPTS.forEach((letter, script) => {
        if (letter.test(text)) written[script] = (written[script] ?? 0) + 1;
      });
    });
    const counts = new Map<string, number>();
    for (const words of held) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    const most = (word: string) => MOST_SHARE * (written[SCRIPTS.findIndex((letter) => letter.test(word))] ?? 0);
    this.words = [...counts].flatMap(([word, count]) => (count >= LEAST_ROWS && count <= most(word) ? [word] : [])).sort();
    const ids = new Map(this.words.map((word, id) => [word, id]));
    this.ofRow = held.map((words) => Int32Array.from([...words].flatMap((word) => ids.get(word) ?? [])).sort());
  }

  /** By row: 1 where a policy finds the word. */
  hits(word: string): Uint8Array {
    this.lookFor([word]);
    return this.#hits.get(word) ?? new Uint8Array(this.#rows.length);
  }

  /** One pass over the rows for all of them. */
  lookFor(words: readonly string[]): void {
    const unknown = [...new Set(words)].filter((word) => !this.#hits.has(word));
    if (unknown.length === 0) return;
    for (const word of unknown) this.#hits.set(word, new Uint8Array(this.#rows.length));
    const { scope, wholeWords } = this.#looking;
    const counts = hitTest(unknown, scope, wholeWords);
    const borders = new Map(wholeWords ? unknown.map((word) => [word, WHOLE_WORD] as const) : []);
    askRows(this.#rows, { keywords: unknown, borders, scopes: [scope], params: [] }, this.#place, (request, row) => {
      for (const hit of textIn(request.facts, scope).keywordHits) if (counts(hit, request)) this.#hits.get(hit)?.fill(1, row, row + 1);
    });
  }
}
