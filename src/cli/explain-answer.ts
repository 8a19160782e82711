// `sluice explain --answer`: what each check has against an answer, as a cascade would find it, and how early that is known.
import { readFile } from "node:fs/promises";
import type { Judgement } from "../answer/checks/judge.ts";
import { answerJudges, findingsOf } from "../answer/checks/judges.ts";
import { CHECKS, type CheckName, type CheckSettings, DEFAULT_CHECKS } from "../answer/checks/list.ts";
import type { Verifier } from "../answer/verifier/verifier.ts";
import { parseVerifier, VerifierFileError } from "../answer/verifier/verifier-file.ts";
import { SluiceError } from "../errors.ts";

export interface AnswerExplanation {
  readonly judgement: Judgement;
  readonly knownAfterBytes: number; // of the answer, piece by piece
  readonly bytes: number;
  readonly checks: readonly { readonly check: CheckName; readonly says: string | undefined }[]; // undefined: nothing
}

/** `request`: the body that the answer is to; undefined: not known, and what needs it is not checked. */
export function explainAnswer(answer: Uint8Array, request: Uint8Array | undefined, accept: readonly CheckSettings[]): AnswerExplanation {
  const judge = answerJudges(accept).judge({ status: 200, contentType: "", request });
  let judgement: Judgement | undefined;
  let read = 0;
  while (read < answer.length && judgement === undefined) {
    const end = answer.indexOf(NEWLINE, read);
    const next = end < 0 ? answer.length : end + 1;
    judgement = judge.push(answer.subarray(read, next));
    read = next;
  }
  return {
    judgement: judgement ?? judge.settle("ended"),
    knownAfterBytes: read,
    bytes: answer.length,
    checks: findingsOf(accept, request, answer).map(({ check, finding }) => ({
      check,
      says: finding === undefined || finding === "good" ? undefined : finding.bad,
    })),
  };
}

const NEWLINE = 0x0a; // events of a stream end by two

export function answerText({ judgement, knownAfterBytes, bytes, checks }: AnswerExplanation): string {
  const isEarly = knownAfterBytes < bytes;
  const width = Math.max(...Object.keys(CHECKS).map((name) => name.length));
  const lines = [
    `answer    ${judgement.isGood ? "good: let through" : `bad: ${judgement.reason}`}`,
    `known     ${isEarly ? `after ${knownAfterBytes} of ${bytes} bytes` : `at its end, ${bytes} bytes`}`,
    ...checks.map(({ check, says }) => `check     ${check.padEnd(width)}  ${says ?? "nothing against it"}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** Throws `answer-unreadable`. */
export async function readAnswerFile(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new SluiceError("answer-unreadable", `${file}: cannot be read`, { cause });
  }
}

/** The checks, with the verifier of a file. Throws `model-unusable`. */
export async function checksWith(verifierFile: string | undefined): Promise<readonly CheckSettings[]> {
  if (verifierFile === undefined) return DEFAULT_CHECKS;
  const verifier = await readVerifier(verifierFile);
  return [...DEFAULT_CHECKS, { check: "verifier", verifier, threshold: verifier.threshold, weighing: "plain" }];
}

/** Throws `model-unusable`. */
export async function readVerifier(file: string): Promise<Verifier> {
  const hint = "Check the path, or make one with `sluice train --answers`.";
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new SluiceError("model-unusable", `${file}: cannot be read`, { cause, hint });
  });
  try {
    return parseVerifier(bytes);
  } catch (error) {
    if (!(error instanceof VerifierFileError)) throw error;
    throw new SluiceError("model-unusable", `${file} is ${error.message}`, { hint });
  }
}
