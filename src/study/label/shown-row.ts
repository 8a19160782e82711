// What the page shows of a row: the conversation in blocks of text, what is long or not text folded away, and the answers in the order that
// was drawn, without a word of whose they are. Pure.
import { conversationOf, type Piece, type Turn } from "../loop/conversation.ts";
import type { LoopRow } from "../loop/loop-row.ts";
import {
  ANSWER_CHOICES,
  answersOf,
  type Choice,
  choiceOf,
  type Drawing,
  firstOf,
  type LabelEntry,
  REQUEST_CHOICES,
  type TierPair,
} from "./label-entry.ts";

export type ShownBlock =
  | { readonly kind: "text" | "code"; readonly text: string }
  | { readonly kind: "folded"; readonly title: string; readonly text: string };

export interface ShownTurn {
  readonly who: string;
  readonly blocks: readonly ShownBlock[];
}

export interface ShownRow {
  readonly at: number; // in the file, from 0
  readonly turns: readonly ShownTurn[];
  readonly tools: readonly ShownBlock[];
  readonly answers: readonly (readonly ShownBlock[])[]; // A and B; none where the request alone is judged
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly choices: readonly Choice[];
  readonly choice: Choice | null; // made already
  readonly note: string;
}

const LONGEST_TEXT = 200_000; // characters: a page with more is slow, and nobody reads so much

/** `said`: by the person who looks at it. */
export function shownRow(row: LoopRow, at: number, said: LabelEntry | undefined, tiers: TierPair, drawing: Drawing): ShownRow {
  const { turns, tools } = conversationOf(row.request);
  const answers = answersOf(row, tiers);
  const first = firstOf(drawing, row.id);
  const second = first === "weak" ? "strong" : "weak";
  return {
    at,
    turns: turns.map(shownTurn),
    tools: tools.map(({ name, ...rest }) => ({ kind: "folded", title: name, text: JSON.stringify(rest, null, 2) })),
    answers: answers === undefined ? [] : [textBlocks(answers[first]), textBlocks(answers[second])],
    facts: [...factsOf(row), ...(answers === undefined ? servedFacts(row) : [])],
    choices: answers === undefined ? REQUEST_CHOICES : ANSWER_CHOICES,
    choice: (said && choiceOf(said, first)) ?? null,
    note: said?.note ?? "",
  };
}

function factsOf({ group, task, reference, like }: LoopRow): ShownRow["facts"] {
  return [
    ...(group === undefined ? [] : ([["group", group]] as const)),
    ...(task === undefined ? [] : ([["task", task]] as const)),
    ...(reference === undefined ? [] : ([["what is right", JSON.stringify(reference)]] as const)),
    ...(like === undefined || like < 2 ? [] : ([["requests like it", String(like)]] as const)),
  ];
}

/** Where answers are compared this would give away whose they are. */
function servedFacts({ seen }: LoopRow): ShownRow["facts"] {
  if (seen === undefined) return [];
  return [
    ...(seen.tier === undefined ? [] : ([["served by", seen.tier]] as const)),
    ...(seen.rating === undefined ? [] : ([["rated", `${seen.rating} of 5`]] as const)),
    ...(seen.signals === undefined || seen.signals.length === 0 ? [] : ([["signals", seen.signals.join(", ")]] as const)),
  ];
}

function shownTurn({ role, pieces }: Turn): ShownTurn {
  return { who: role, blocks: pieces.flatMap(shownPiece) };
}

function shownPiece(piece: Piece): readonly ShownBlock[] {
  switch (piece.kind) {
    case "text":
      return textBlocks(piece.text);
    case "call":
      return [{ kind: "folded", title: `calls ${piece.name}`, text: cut(JSON.stringify(piece.arguments, null, 2)) }];
    case "result":
      return [{ kind: "folded", title: "result of a tool", text: cut(piece.text) }];
    case "other":
      return [{ kind: "folded", title: piece.type, text: cut(JSON.stringify(piece.value, null, 2)) }];
    default:
      return piece satisfies never;
  }
}

const FENCED = /^ {0,3}```[^\n`]*\n([\s\S]*?)(?:^ {0,3}```[ \t]*(?:\n|$)|$(?![\s\S]))/gm;

/** Code between fences apart from the text around it. */
export function textBlocks(text: string): readonly ShownBlock[] {
  const whole = cut(text);
  const blocks: ShownBlock[] = [];
  let end = 0;
  const add = (kind: "text" | "code", piece: string) => {
    const trimmed = piece.trimEnd().replace(/^\n+/, "");
    if (trimmed !== "") blocks.push({ kind, text: trimmed });
  };
  for (const match of whole.matchAll(FENCED)) {
    add("text", whole.slice(end, match.index));
    add("code", match[1] ?? "");
    end = match.index + match[0].length;
  }
  add("text", whole.slice(end));
  return blocks;
}

function cut(text: string): string {
  return text.length <= LONGEST_TEXT
    ? text
    : `${text.slice(0, LONGEST_TEXT)}\n… ${text.length - LONGEST_TEXT} more characters are not shown`;
}
