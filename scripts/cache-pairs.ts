// Writes examples/cache-pairs.jsonl: pairs of questions in three languages, made of templates, by which a semantic cache is measured.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CHINESE } from "./cache-pairs/chinese.ts";
import { ENGLISH } from "./cache-pairs/english.ts";
import { KOREAN } from "./cache-pairs/korean.ts";
import { filled, type Templates } from "./cache-pairs/template.ts";

const LANGUAGES = { en: ENGLISH, zh: CHINESE, ko: KOREAN } as const;
const SPLITS = { tuned: "tuned", heldOut: "held-out" } as const;

export function cachePairs(): string {
  return Object.entries(LANGUAGES)
    .flatMap(([language, templates]) => linesOf(language, templates))
    .join("");
}

function linesOf(language: string, templates: Templates): readonly string[] {
  return (["tuned", "heldOut"] as const).flatMap((split) =>
    templates[split].flatMap(({ kind, one, two, fills }) =>
      fills.map((fill) => {
        const pair = { one: filled(one, fill), two: filled(two, fill), same: kind === "paraphrase" };
        return `${JSON.stringify({ ...pair, kind, language, split: SPLITS[split] })}\n`;
      }),
    ),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(fileURLToPath(new URL("../examples/cache-pairs.jsonl", import.meta.url)), cachePairs());
}
