import { expect, test } from "vitest";
import { weighsMore } from "../../../src/outcome/rollout/agreed.ts";
import type { Change, KeptRollout } from "../../../src/outcome/rollout/kept-rollout.ts";

const word = (action: Change["action"], because: Change["because"], atMs = 10): Change => ({ action, because, atMs, guards: [] });
const agreed = (status: string, changed?: Change) => ({ state: { status, tally: { sinceMs: 5 } }, changed }) as unknown as KeptRollout;

test.each([
  ["harm found before another promoted is rolled back", word("rollback", "harm"), agreed("running", word("promote", "excluded", 20)), true],
  [
    "a person's rollback stands beside a promotion of later",
    word("rollback", "asked"),
    agreed("running", word("promote", "asked", 20)),
    true,
  ],
  ["a person's later start undoes it", word("rollback", "harm"), agreed("running", word("start", "asked", 20)), false],
  ["harm found behind that start does not go unheard", word("rollback", "harm", 30), agreed("running", word("start", "asked", 20)), true],
  ["what is rolled back need not be", word("rollback", "harm"), agreed("rolled-back", word("rollback", "asked", 20)), false],
  ["what is complete may be rolled back", word("rollback", "harm"), agreed("complete", word("promote", "excluded", 20)), true],
  ["a split found broken is held", word("hold", "split"), agreed("running", word("promote", "excluded", 20)), true],
  ["a person's hold is, where it is the last word", word("hold", "asked", 30), agreed("running", word("promote", "excluded", 20)), true],
  ["and is not, where it is an earlier one", word("hold", "asked"), agreed("running", word("start", "asked", 20)), false],
  ["what a damaged file does not say the others know", word("hold", "file", 30), agreed("running"), false],
  ["a promotion is not said again", word("promote", "excluded", 30), agreed("running"), false],
  ["nor is a start", word("start", "asked", 30), agreed("held", word("hold", "split", 20)), false],
])("%s", (_name, said, standing, weighs) => expect(weighsMore(said, standing)).toBe(weighs));
