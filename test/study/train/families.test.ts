// What the family that moves with the distance is put together from, where facts are known to tell nothing.
import { isUtf8 } from "node:buffer";
import { expect, test } from "vitest";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";
import type { Example } from "../../../src/study/dataset/example.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { compareFamilies } from "../../../src/study/train/families.ts";
import { splitsFor } from "../../../src/study/train/left-out.ts";
import { nearDuplicates } from "../../../src/study/train/near-duplicates.ts";
import { collectRows } from "../../../src/study/train/training-rows.ts";
import { streamed } from "./sample-examples.ts";

const ROWS = 400;
const TOPICS = ["rivers", "engines", "sonnets", "orchards"] as const;

/** In most prompts a word tells which tier is needed, whatever the topic; form and length tell nothing. */
function examples(): Example[] {
  const random = randomSource(2);
  return Array.from({ length: ROWS }, (_, row) => {
    const group = TOPICS[row % TOPICS.length];
    const isHard = random() < 0.4;
    const isTold = random() < 0.8;
    const word = isHard === isTold ? "quandary" : "pleasant"; // of one length
    const filler = Array.from({ length: 4 + Math.floor(random() * 6) }, () => `${group}${Math.floor(random() * 40)}`);
    const body = new TextEncoder().encode(JSON.stringify({ messages: [{ role: "user", content: [...filler, word].join(" ") }] }));
    const truth = { kind: "scores", weak: isHard ? 0.2 : 0.8, strong: 0.8 } as const;
    return { body, path: undefined, group, truth, place: `sample:${row + 1}` };
  });
}

test("facts that tell nothing have no part in what moves with the distance", async () => {
  const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params: [], maxBodyBytes: 1 << 20, isUtf8 });
  const rows = await collectRows(streamed(examples()), scanner, {
    scope: "all",
    target: "strong-gains",
    maxRows: ROWS,
    random: randomSource(1),
    onRow: () => {},
    refuse: (_example, why) => expect.unreachable(why),
  });
  const splits = splitsFor(rows, nearDuplicates(rows.features), randomSource(1));
  const families = compareFamilies({ rows, splits, seed: 1, newTopics: 0.2 }, () => {});
  const moved = families.find(({ family }) => family === "moved by distance");
  expect(moved?.parts.map(({ part }) => part.kind)).toEqual(["n-grams", "length"]);
  expect(moved?.setting).toContain("trees 0 to 0");
});
