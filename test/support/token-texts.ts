// Texts to hold the token estimate against: what people write, and files of this repository and its packages that no weight was fitted to.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EVERYDAY_CODE } from "./everyday-code.ts";
import { EVERYDAY_PROMPTS } from "./everyday-prompts.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

/** Of a short question, of a paragraph, of a page and more. */
const LENGTHS = [100, 400, 1200, 4000];

function pieces(text: string, most: number): readonly string[] {
  const all: string[] = [];
  for (let at = 0; at < text.length; ) {
    const length = LENGTHS[all.length % LENGTHS.length] ?? 0;
    const piece = text.slice(at, at + length).trim();
    if (piece.length > length / 2) all.push(piece);
    at += length;
  }
  return all.slice(0, most);
}

const files = (patterns: readonly string[], most = 8) =>
  patterns.flatMap((pattern) => globSync(pattern, { cwd: ROOT }).sort()).flatMap((path) => pieces(read(path), most));

/** As it is written for people and for machines. */
const bothWays = (path: string) => {
  const value = JSON.parse(read(path)) as object;
  return [...pieces(JSON.stringify(value), 8), ...pieces(JSON.stringify(value, null, 2), 8)];
};

export const TOKEN_TEXTS: Readonly<Record<"English" | "Chinese" | "Korean" | "code" | "JSON", readonly string[]>> = {
  English: [
    ...EVERYDAY_PROMPTS.English,
    ...files(["node_modules/{fast-check,re2js,zod,commander,@clack/prompts,assemblyscript}/README.md", "CONTRIBUTING.md"]),
    ...files(["node_modules/{typescript,vitest,zod,re2js}/LICENSE*", "LICENSE"], 4),
  ],
  Chinese: [...EVERYDAY_PROMPTS.Chinese, ...files(["node_modules/@biomejs/biome/README.zh-*.md", "node_modules/zod/v4/locales/zh-*.js"])],
  Korean: [...EVERYDAY_PROMPTS.Korean, ...files(["node_modules/@biomejs/biome/README.kr.md", "node_modules/zod/v4/locales/ko.js"])],
  code: [
    ...EVERYDAY_CODE,
    ...files(["node_modules/{commander,pino,csv-parse,re2js}/lib/*.{js,cjs}", "node_modules/zod/v4/{core,classic}/*.js", "bench/*.ts"], 4),
    ...files(["scripts/**/*.go", "test/e2e/*.ts"], 4),
  ],
  JSON: [
    "docs/sluice.schema.json",
    ...["undici", "zod", "vitest", "openai"].map((name) => `node_modules/${name}/package.json`),
    ...globSync("deploy/grafana/**/*.json", { cwd: ROOT }).sort(),
  ].flatMap(bothWays),
};
