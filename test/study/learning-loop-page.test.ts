// docs/learning-loop.md: what it says that collecting, sampling and proposing print is what they print.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { newFolder } from "./collect/collected.ts";

const SECTIONS = ["Collect", "Sample", "Propose"];
const PROGRAM = "npx --no-install sluice ";

interface Shown {
  readonly command: string;
  readonly output: string;
}

/** Commands and what they print: blocks that are indented by four. */
function shownIn(page: string, section: string): readonly Shown[] {
  const text = page.split(`\n## ${section}\n`)[1]?.split("\n## ")[0] ?? "";
  const blocks = text.match(/(?:^ {4}.*\n(?:\n(?= {4}))*)+/gm) ?? [];
  return blocks.map((block) => {
    const [first = "", ...rest] = block.replace(/^ {4}/gm, "").trimEnd().split("\n");
    return { command: first.replace("$ ", ""), output: rest.join("\n") };
  });
}

test("the commands of the page print what it says", { timeout: 60_000 }, () => {
  const page = readFileSync("docs/learning-loop.md", "utf8");
  const shown = SECTIONS.flatMap((section) => shownIn(page, section));
  expect(shown.map(({ command }) => command.split(" ")[3])).toEqual(["collect", "sample", "evaluate", "propose"]);
  const folder = newFolder();
  mkdirSync(join(folder, "examples"));
  cpSync("examples/parity.jsonl", join(folder, "examples", "parity.jsonl"));
  for (const { command, output } of shown) {
    const [asked = "", head] = command.split(" | head -");
    const words = asked.slice(PROGRAM.length).split(" ");
    const run = spawnSync(process.execPath, [resolve("src/main.ts"), ...words], { cwd: folder, encoding: "utf8" });
    expect(run.stderr).toBe("");
    const lines = run.stdout.trimEnd().split("\n");
    expect(lines.slice(0, head === undefined ? lines.length : Number(head)).join("\n")).toBe(output);
  }
});
