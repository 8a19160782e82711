// What a look-up in other words costs beside the embedding: the scan of all entries of a place, by the length of their vectors and how
// alike they are at all; a question in one form, the comparison of two, and the word on an entry.
import { fileURLToPath } from "node:url";
import { SemanticEntries } from "../src/outcome/cached/semantic/entries.ts";
import { EntryTrust } from "../src/outcome/cached/semantic/entry-trust.ts";
import { questionOf } from "../src/request/cache/veto/question.ts";
import { vetoOf } from "../src/request/cache/veto/veto.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const ENTRIES = 10_000;
const LEAST = 0.97;
const SHAPES = [
  { dimensions: 384, alike: 0.5 },
  { dimensions: 1536, alike: 0.5 },
  { dimensions: 1536, alike: 0.8 },
] as const;
const QUESTIONS = [
  "How do I delete a user in Windows 11, and can I get it back?",
  "怎么在 Windows 11 里删除用户?",
  "윈도우 11에서 사용자를 어떻게 삭제하나요?",
];

export function benchSemanticCache(rounds = 15): void {
  const rows = [
    ...SHAPES.map(({ dimensions, alike }) => scanRow(dimensions, alike, rounds)),
    ...QUESTIONS.map((text) => timedRow(`a question in one form: ${text}`, rounds, () => void questionOf(text))),
    timedRow("two questions compared", rounds, comparison()),
    timedRow("the word on an entry with 48 comparisons", rounds, wordOnEntry()),
  ];
  console.log(`\nAnswers in other words, CPU µs (${rounds} rounds): median [min–max]`);
  printTable(["what", "µs"], rows);
}

function scanRow(dimensions: number, alike: number, rounds: number): readonly string[] {
  const entries = new SemanticEntries(() => ENTRIES);
  const question = questionOf("?");
  const made = vectorsAlike(dimensions, alike);
  for (let key = 0; key < ENTRIES; key++) entries.add({ key: String(key), place: "p", question }, made());
  const asked = made();
  return timedRow(`${ENTRIES} entries of ${dimensions}, cosine ${alike}`, rounds, () => void entries.nearest("p", asked, LEAST, 4), 1);
}

/** Random vectors of length 1 whose cosines are about `alike`. */
function vectorsAlike(dimensions: number, alike: number): () => Float32Array {
  const random = () => unit(Float32Array.from({ length: dimensions }, () => Math.random() - 0.5));
  const shared = random();
  return () => {
    const own = random();
    return unit(shared.map((part, at) => Math.sqrt(alike) * part + Math.sqrt(1 - alike) * (own[at] ?? 0)));
  };
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((part) => part / length);
}

function comparison(): () => void {
  const [one, two] = [questionOf("How do I delete a user in Windows 11?"), questionOf("In Windows 11, how can I delete a user?")];
  return () => void vetoOf(one, two);
}

function wordOnEntry(): () => void {
  const trust = new EntryTrust();
  const comparisons = Array.from({ length: 48 }, (_, at) => ({ similarity: 0.97 + 0.0005 * at, agrees: true }));
  return () => void trust.exploring(comparisons, 0.99, 0.01);
}

function timedRow(name: string, rounds: number, run: () => void, times = 1000): readonly string[] {
  for (let at = 0; at < 3 * times; at++) run();
  const used = Array.from({ length: rounds }, () => {
    const before = process.cpuUsage();
    for (let at = 0; at < times; at++) run();
    return process.cpuUsage(before).user / times;
  });
  return [name, shown(spreadOf(used))];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) benchSemanticCache();
