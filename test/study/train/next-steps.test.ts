import { expect, test } from "vitest";
import type { Advised } from "../../../src/study/train/advice.ts";
import { nextAfterTraining } from "../../../src/study/train/next-steps.ts";
import type { TrainingReport } from "../../../src/study/train/report.ts";

const WAYS = {
  again: "again",
  evaluate: "evaluate",
  watch: "top",
  useModel: ["active: trained"],
  useLength: ["active: byLength"],
  useWeak: ["active: cheap"],
};

test.each<[Advised, number, RegExp, readonly string[], readonly string[]]>([
  ["learned", 400, /^evaluate the model on rows it was not trained on/, ["evaluate", "top"], ["active: trained"]],
  ["length", 400, /^collect about 600 more labels.*let length decide/, ["again"], ["active: byLength"]],
  ["none", 400, /^collect about 600 more labels.*one tier/, ["again"], ["active: cheap"]],
  ["none", 5000, /^collect labels of other traffic/, ["again"], ["active: cheap"]],
])("where the advice is %s on %d rows", (use, rows, what, commands, config) => {
  const report = { rows, advice: { use } } as TrainingReport;
  expect(nextAfterTraining(report, WAYS)).toEqual([{ policies: [], what: expect.stringMatching(what), commands, config }]);
});
