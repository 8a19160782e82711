// Questions as bytes: what is told is what is heard.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { questionBytes, questionsIn } from "../../src/processes/told-questions.ts";
import { type Question, SKETCH_LENGTH } from "../../src/request/routing/asked.ts";

const questions: fc.Arbitrary<Question> = fc.record({
  asked: fc.record({
    by: fc.integer(),
    sketch: fc.int8Array({ minLength: SKETCH_LENGTH, maxLength: SKETCH_LENGTH }).map((sketch) => Int8Array.from(sketch)),
    message: fc.nat(),
  }),
  turns: fc.nat(),
  startedAtMs: fc.double({ noNaN: true }),
});

describe("questions", () => {
  test("come out as they went in, many at once, wherever they stand in a message", () => {
    fc.assert(
      fc.property(fc.array(questions, { maxLength: 5 }), fc.nat(7), (told, before) => {
        const message = Buffer.concat([Buffer.alloc(before), ...told.map(questionBytes)]);
        expect(questionsIn(message.subarray(before))).toEqual(told);
      }),
    );
  });

  test.each([1, 275, 277])("are not read out of %i bytes", (length) => {
    expect(questionsIn(Buffer.alloc(length))).toEqual([]);
    expect(questionsIn(Buffer.alloc(276))).toHaveLength(1);
  });
});
