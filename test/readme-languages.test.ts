// The README in other languages says what the English one says: part by part the same headings, commands, names, figures and links.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const FILES = ["README.md", "README.zh-CN.md", "README.ko.md"];

interface Part {
  readonly level: number; // of its heading
  readonly commands: readonly string[];
  readonly names: readonly string[]; // in backticks
  readonly links: readonly string[];
  readonly figures: readonly string[];
}

function partsOf(text: string): readonly Part[] {
  return text.split(/^(?=#{1,3} )/m).map((part) => {
    const commands = [...part.matchAll(/^(?: {4}.*\n)+|^```[\s\S]*?^```/gm)].map(([block]) => block);
    const prose = part.replace(/^(?: {4}.*\n)+|^```[\s\S]*?^```/gm, "");
    const links = [...prose.matchAll(/\]\(([^)]+)\)/g)].map(([, target = ""]) => target).filter((target) => !target.startsWith("README"));
    const bare = prose.replace(/`[^`]*`|\]\([^)]*\)|<[^>]*>/g, "");
    return {
      level: /^#*/.exec(part)?.[0].length ?? 0,
      commands,
      names: [...prose.matchAll(/`[^`]*`/g)].map(([name]) => name).sort(),
      links,
      figures: (bare.match(/\d+(?:[.,]\d+)*/g) ?? []).sort(),
    };
  });
}

describe.each(FILES.slice(1))("%s", (name) => {
  const english = partsOf(read("README.md"));
  const parts = partsOf(read(name));

  test("has the parts of the English one", () => {
    expect(parts.map(({ level }) => level)).toEqual(english.map(({ level }) => level));
    expect(english.length).toBeGreaterThan(5);
  });

  test.each(english.map((_, at) => at))("part %i has the same commands, names, links and figures", (at) => {
    expect(parts[at]).toEqual(english[at]);
  });
});

test.each(FILES)("%s leads to the others", (name) => {
  for (const other of FILES.filter((file) => file !== name)) expect(read(name)).toContain(`](${other})`);
});
