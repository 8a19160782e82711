// The guides in docs/ say what is: their YAML stands in the files it is taken from, and they are short enough to be read.
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { withDecompressors, withSluiceTls, withUsageFilter } from "../support/optional-lines.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const GUIDES = ["docs/guide-plain-envoy.md", "docs/envoy-recipes.md", "docs/guide-kgateway.md", "docs/guide-fastapi.md"];

/** The fenced blocks of a language, each as its lines. */
function blocks(guide: string, language: string): readonly (readonly string[])[] {
  return [...read(guide).matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))].map(([, text = ""]) =>
    text.trimEnd().split("\n"),
  );
}

/** Without comments, which the guide leaves to the file. */
function bare(yaml: string): readonly string[] {
  const lines = yaml.split("\n").map((line) => line.replace(/\s+# .*$/, ""));
  return lines.filter((line) => line.trim() !== "" && !line.trimStart().startsWith("#"));
}

/** Where `lines` stand one behind the other, all moved to the side by the same. */
function standsIn(lines: readonly string[], file: readonly string[]): boolean {
  const [first = ""] = lines;
  return file.some((line, at) => {
    if (!line.endsWith(first.trimStart())) return false;
    const moved = line.length - first.length;
    return lines.every((wanted, offset) => file[at + offset] === (moved < 0 ? wanted.slice(-moved) : " ".repeat(moved) + wanted));
  });
}

describe("the guides", () => {
  it.each(GUIDES)("%s has at most 150 lines", (guide) => {
    expect(read(guide).trimEnd().split("\n").length).toBeLessThanOrEqual(150);
  });

  const envoy = bare(read("envoy/envoy.yaml"));
  it.each(blocks("docs/guide-plain-envoy.md", "yaml").map((block) => [block[0]?.trim() ?? "", block] as const))(
    "the block `%s` of the plain Envoy guide stands in envoy.yaml",
    (_first, block) => {
      expect(standsIn(block, envoy)).toBe(true);
    },
  );

  it.each(blocks("docs/guide-fastapi.md", "yaml").map((block) => [block.join("\n")] as const))(
    "sluice takes the configuration of the FastAPI guide",
    (yaml) => {
      expect(parseConfig(yaml, "guide").policies).toHaveProperty("main");
    },
  );

  const withOptions = bare(withSluiceTls(withDecompressors(withUsageFilter(read("envoy/envoy.yaml"))), "/etc/sluice-client"));
  it.each(blocks("docs/envoy-recipes.md", "yaml").map((block) => [block[0]?.trim() ?? "", block] as const))(
    "the block `%s` of the recipes stands in envoy.yaml, if only as a comment",
    (_first, block) => {
      expect(standsIn(block, withOptions)).toBe(true);
    },
  );

  it.each(GUIDES)("%s names only files that are there", (guide) => {
    const paths = [...read(guide).matchAll(/\b(?:envoy|deploy|examples|bench)\/[\w./-]*\w/g)].map(([path]) => path);
    expect(paths.filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url)))).toEqual([]);
  });
});
