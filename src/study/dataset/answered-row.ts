// From one row to a labelled request with what the tiers answered: the columns weakAnswer and strongAnswer, or `answers` as the learning
// loop writes them.
import type { Columns } from "./columns.ts";
import type { AnsweredExample } from "./example.ts";
import { isObject } from "./messages.ts";
import { shown, Trouble } from "./problem.ts";
import { given, type Row } from "./request.ts";
import { problem, type RowReading, readRow, type TierNames } from "./row.ts";

/** The weak tier's answer must be there; an empty one is one. */
export function readAnsweredRow(row: Row, columns: Columns, tiers: TierNames = {}): RowReading<AnsweredExample> {
  const read = readRow(row, columns, tiers);
  if ("problem" in read) return read;
  const weak = answerOf(row, columns, "weak");
  if (weak instanceof Trouble) return problem(row, weak);
  const strong = answerOf(row, columns, "strong");
  if (strong instanceof Trouble) return problem(row, strong);
  if (weak === undefined) return problem(row, noAnswer(columns));
  const { example, prompt } = read;
  return { example: { ...example, weakAnswer: weak.text, weakFinish: weak.finish, strongAnswer: strong?.text }, prompt };
}

interface Answer {
  readonly text: string;
  readonly finish: string | undefined;
}

function answerOf(row: Row, columns: Columns, tier: "weak" | "strong"): Answer | undefined | Trouble {
  const field = `${tier}Answer` as const;
  const name = columns.names[field];
  const text = given(row, columns, field) ?? (name === undefined ? undefined : emptyOf(row.value(name)));
  if (typeof text === "string") return { text, finish: undefined };
  if (text !== undefined) return new Trouble("no answer", `column ${shown(name)}: expected text, found ${shown(text)}`, HINT);
  const answers = row.value("answers");
  const answer = isObject(answers) ? answers[tier] : undefined;
  if (!isObject(answer) || typeof answer["text"] !== "string") return undefined;
  const { text: said, finish } = answer;
  return { text: said, finish: typeof finish === "string" ? finish : undefined };
}

function emptyOf(value: unknown): string | undefined {
  return value === "" ? "" : undefined;
}

const HINT = "Say which column holds it: --columns weakAnswer=NAME,strongAnswer=NAME. `sluice replay` asks the tiers for answers.";

function noAnswer({ names }: Columns): Trouble {
  return new Trouble(
    "no answer",
    `expected the weak tier's answer in a column ${shown(names.weakAnswer)}, or in answers.weak.text, found none`,
    HINT,
  );
}
