// `sluice train --answers`: labelled requests with what the weak tier answered in, a report out, and a verifier where they support one.

import { encodeVerifier, parseVerifier } from "../answer/verifier/verifier-file.ts";
import { SluiceError } from "../errors.ts";
import { trainVerifier, type VerifierListener } from "../study/answers/train-verifier.ts";
import { verifierJson, verifierSentence, verifierText } from "../study/answers/verifier-report.ts";
import type { ReadOptions } from "../study/dataset/read-examples.ts";
import { readAnswered } from "../study/dataset/read-examples.ts";
import { runText } from "../study/report/run-text.ts";
import { leftOut } from "./evaluate.ts";
import { aboutRun } from "./run-account.ts";

export interface TrainAnswersOptions {
  readonly data: readonly string[];
  readonly out: string;
  readonly weakShare: number;
  readonly seed: number;
  readonly date: string;
  readonly force: boolean;
  readonly report: string | undefined;
  readonly json: boolean;
}

/** What `train` has anyway. */
export interface TrainAnswersWays {
  readonly reading: ReadOptions;
  readonly words: readonly string[]; // of the command line
  readonly progress: Omit<VerifierListener, "refuse"> & { end(): void };
  write(path: string, content: string | Uint8Array): Promise<void>;
}

export async function trainAnswers(options: TrainAnswersOptions, { reading, words, progress, write }: TrainAnswersWays): Promise<void> {
  const { data, out, weakShare, report: reportFile } = options;
  const examples = readAnswered(data, reading);
  const listener = { ...progress, refuse: examples.refuse.bind(examples) };
  const { report, verifier } = await trainVerifier(examples, { ...options, share: 1 - weakShare }, listener);
  progress.end();
  process.stderr.write(leftOut(examples.counts, reading.exclude ?? []));
  const about = aboutRun(words, options.date);
  const json = `${JSON.stringify({ ...verifierJson(report), about })}\n`;
  const text = verifierText(report) + runText(about, []);
  if (reportFile !== undefined) await write(reportFile, reportFile.endsWith(".json") ? json : text);
  process.stdout.write(options.json ? json : text);
  if (verifier === undefined) throw new SluiceError("train-not-advised", verifierSentence(report));
  const bytes = encodeVerifier(verifier);
  await write(out, bytes);
  const against = report.beatsRandom ? "" : ", against the advice";
  process.stderr.write(`wrote ${out}: verifier ${parseVerifier(bytes).id}, ${Math.ceil(bytes.length / 1024)} KiB${against}\n`);
}
