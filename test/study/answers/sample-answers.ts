// Made-up answers: wrong ones are unsure in a share of the cases, right ones hardly ever.
import type { AnsweredExample } from "../../../src/study/dataset/example.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";

export interface SampleAnswers {
  readonly rows: number;
  readonly telling: number; // share of the wrong answers that sound unsure; of the right ones 0.1 do
  readonly groups?: number; // 0: the rows name none
}

const THINGS = "river engine novel orbit protein treaty sonnet matrix violin enzyme glacier tariff".split(" ");

export function sampleAnswers({ rows, telling, groups = 4 }: SampleAnswers): readonly AnsweredExample[] {
  const random = randomSource(7);
  const word = () => `${THINGS[Math.floor(random() * THINGS.length)]}${Math.floor(random() * 1000)}`;
  return Array.from({ length: rows }, (_, at) => {
    const isWrong = random() < 0.5;
    const isUnsure = random() < (isWrong ? telling : 0.1);
    const subject = word();
    const sentences = Array.from(
      { length: 2 + Math.floor(random() * 3) },
      () => `The ${word()} follows from the ${word()} of the ${word()}.`,
    );
    const unsure = isUnsure ? "However, it might be something else, or maybe it is not clear at all. " : "";
    return {
      body: Buffer.from(
        JSON.stringify({ messages: [{ role: "user", content: `What is the ${subject} of the ${word()} in the ${word()}?` }] }),
      ),
      path: undefined,
      group: groups === 0 ? undefined : `topic ${at % groups}`,
      truth: { kind: "scores", weak: isWrong ? 0 : 1, strong: random() < 0.7 ? 1 : 0 },
      place: `sample:${at + 1}`,
      weakAnswer: `${sentences.join(" ")} ${unsure}The answer is the ${subject}.`,
      weakFinish: undefined,
      strongAnswer: `The answer is the ${subject}, for the ${word()} follows.`,
    };
  });
}
