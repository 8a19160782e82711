// Answers as the training of a verifier sees them: their facts, what the checks say, and what the strong tier's would have been worth.
import { answerJudges } from "../../answer/checks/judges.ts";
import { DEFAULT_CHECKS } from "../../answer/checks/list.ts";
import { readAsked } from "../../answer/said/asked.ts";
import { ANSWER_FACTS, answerFacts } from "../../answer/verifier/answer-facts.ts";
import { contentHash, hexOf } from "../../request/policy/learned/checksum.ts";
import { TextReader } from "../../request/policy/learned/text-reader.ts";
import type { AnsweredExample } from "../dataset/example.ts";
import { qualityOf } from "../evaluate/rows.ts";

/** One index everywhere: the row. */
export interface AnswerRows {
  readonly count: number;
  readonly facts: Float64Array; // ANSWER_FACTS.length numbers a row
  readonly wrong: Uint8Array; // 1: the weak tier's answer scored under 0.5
  readonly weak: Float64Array; // its score
  readonly gains: Float64Array; // the strong tier's score less the weak one's
  readonly flagged: Uint8Array; // 1: a check has something against it
  readonly reasons: readonly (string | undefined)[]; // the check that has
  readonly groups: readonly (string | undefined)[];
  readonly questions: readonly Int32Array[]; // features of the question, ascending: what near-duplicates are found by
  readonly askedChars: Float64Array;
  readonly weakChars: Float64Array; // of the answers
  readonly strongChars: Float64Array; // NaN: not known
  readonly fingerprint: string; // of all rows read
}

interface Row {
  readonly facts: Float64Array;
  readonly weak: number;
  readonly gain: number;
  readonly reason: string | undefined;
  readonly group: string | undefined;
  readonly question: Int32Array;
  readonly askedChars: number;
  readonly weakChars: number;
  readonly strongChars: number;
}

export interface AnswerListener {
  rows(read: number): void;
  refuse(example: AnsweredExample, why: string): void; // it is left out, unless this throws
}

const HALF = 0.5; // below it an answer counts as wrong
const UTF8 = new TextEncoder();

export async function collectAnswers(examples: AsyncIterable<AnsweredExample>, listener: AnswerListener): Promise<AnswerRows> {
  const reader = new TextReader();
  const judges = answerJudges(DEFAULT_CHECKS);
  const rows: Row[] = [];
  const print = [0, 0];
  for await (const example of examples) {
    const { body, truth, weakAnswer, weakFinish, strongAnswer, group } = example;
    const question = readAsked(body)?.text ?? "";
    if (question === "") {
      listener.refuse(example, "expected a question in words, found none");
      continue;
    }
    const facts = new Float64Array(ANSWER_FACTS.length);
    answerFacts(weakAnswer, question, facts);
    reader.read(UTF8.encode(question));
    const { weak, gain } = qualityOf(truth);
    const judge = judges.judge({ status: 200, contentType: "application/json", request: body });
    const judgement = judge.push(asChat(weakAnswer, weakFinish)) ?? judge.settle("ended");
    rows.push({
      facts,
      weak,
      gain,
      reason: judgement.isGood ? undefined : judgement.reason,
      group,
      question: reader.buckets.slice(0, reader.count).sort(),
      askedChars: question.length,
      weakChars: weakAnswer.length,
      strongChars: strongAnswer?.length ?? Number.NaN,
    });
    const told = UTF8.encode(`${weakAnswer}\n${weak} ${gain}`);
    for (const lane of [0, 1]) print[lane] = contentHash(told, contentHash(body, (print[lane] ?? 0) + lane));
    listener.rows(rows.length);
  }
  return columnsOf(rows, print.map(hexOf).join(""));
}

function asChat(content: string, finish: string | undefined): Uint8Array {
  return UTF8.encode(JSON.stringify({ choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: finish ?? "stop" }] }));
}

function columnsOf(rows: readonly Row[], fingerprint: string): AnswerRows {
  const facts = new Float64Array(rows.length * ANSWER_FACTS.length);
  rows.forEach((row, at) => {
    facts.set(row.facts, at * ANSWER_FACTS.length);
  });
  return {
    count: rows.length,
    facts,
    wrong: Uint8Array.from(rows, ({ weak }) => (weak < HALF ? 1 : 0)),
    weak: Float64Array.from(rows, ({ weak }) => weak),
    gains: Float64Array.from(rows, ({ gain }) => gain),
    flagged: Uint8Array.from(rows, ({ reason }) => (reason === undefined ? 0 : 1)),
    reasons: rows.map(({ reason }) => reason),
    groups: rows.map(({ group }) => group),
    questions: rows.map(({ question }) => question),
    askedChars: Float64Array.from(rows, ({ askedChars }) => askedChars),
    weakChars: Float64Array.from(rows, ({ weakChars }) => weakChars),
    strongChars: Float64Array.from(rows, ({ strongChars }) => strongChars),
    fingerprint,
  };
}
