// What a judge is told to look at, by the kind of task. An operator's own rubrics take the place of these, each under its name.
import type { LoopRow } from "../../loop/loop-row.ts";

export type Rubrics = Readonly<Record<string, string>>;

export const GENERAL = "general";

export const RUBRICS: Rubrics = {
  general: `Look at, in this order:
1. Is it right? A wrong fact, or one that is made up, weighs more than anything else.
2. Does it do what was asked: all of it, in the form, language and length that was asked for?
3. Is it clear, and free of what nobody asked for?
Length is no merit: of two answers that say the same, neither is better for being longer, or for headings, lists and bold type.`,
  code: `Look at, in this order:
1. Would the code run, and do what was asked, at the edges too (nothing, one, many, wrong input)? Go through it in your mind.
2. Does it use interfaces that exist, in the language and version that was asked for, and leave alone what was to stay?
3. Is it safe, and as simple as the task?
Words around the code count little. A longer program is not a better one.`,
  maths: `Work out the answer yourself first. Look at, in this order:
1. Is the final result right? A wrong result is at most 3, however fine its derivation.
2. Does each step follow from the one before?
3. Is the result stated where one finds it, in the form that was asked for?
A short right answer is as good as a long one.`,
  translation: `Look at, in this order:
1. Does it say all that the source says, and nothing else: names, numbers, negations, tone?
2. Would a native speaker write so? Idioms by their meaning, terms of the field as the field uses them.
3. Is the form kept: lines, marks, placeholders, code?
Remarks beside the translation that nobody asked for count against it.`,
  extraction: `Look at, in this order:
1. Is each value that was asked for there, as the source has it? What the source does not say must be left empty, and not made up.
2. Is there nothing that was not asked for?
3. Is the form exactly the one that was asked for (JSON that parses, the names of members, the order)?
Explanations around the values count against it where a machine is to read them.`,
  summary: `Look at, in this order:
1. Is all it says in the source? What is made up or turned around weighs most.
2. Does it hold what matters, and leave out what does not, within the length that was asked for?
3. Can it be read without the source?
Within the length that was asked for, shorter is not worse.`,
  tools: `The answer may hold calls of tools, each as a line of JSON with the tool's name and arguments. Look at, in this order:
1. Is the right tool called, with the right arguments, where one is needed, and none where none is?
2. Do the arguments come from the conversation, and from nothing that was made up?
3. Is what is said beside the calls true and useful?
Of two calls that do the same, neither is better.`,
};

/** Of a row without a task: tools where some are offered, else `otherwise`. */
export function taskOf({ task, request }: LoopRow, rubrics: Rubrics, otherwise: string): string {
  if (task !== undefined && Object.hasOwn(rubrics, task)) return task;
  const { tools } = request;
  return Array.isArray(tools) && tools.length > 0 && Object.hasOwn(rubrics, "tools") ? "tools" : otherwise;
}

/** The general one, where a task has none. */
export function rubricOf(row: LoopRow, rubrics: Rubrics, otherwise: string): string {
  const rubric = rubrics[taskOf(row, rubrics, otherwise)] ?? rubrics[GENERAL];
  if (rubric === undefined) throw new Error("invariant: there is a general rubric");
  return rubric;
}
