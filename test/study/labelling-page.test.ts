// docs/labelling.md: what stands below each command is what it prints, and the example rows are what the page says of them.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { distillCommand } from "../../src/cli/distill.ts";
import { labelCommand } from "../../src/cli/label.ts";
import { CHOICE_KEYS } from "../../src/study/label/page.ts";
import { catchPrinted } from "../support/printed.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PAGE = readFileSync(join(ROOT, "docs/labelling.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "sluice-labelling-"));
const printed = catchPrinted();
afterAll(() => rmSync(folder, { recursive: true }));

const COMMANDS = { label: labelCommand, distill: () => distillCommand() };
/** A line with a command and the indented lines below it, empty ones between them too. */
const SHOWN = /^ {4}\$ npx --no-install sluice (\w+) (.*)\n((?: {4}.*\n|\n(?= {4}[^$ ]))*)/gm;
const shown = [...PAGE.matchAll(SHOWN)].map(([, name = "", words = "", output = ""]) => ({ name, words, output }));

test("three commands are shown with what they print", () => {
  expect(shown.map(({ name }) => name)).toEqual(["label", "label", "distill"]);
});

test.each(shown)("`sluice $name $words` prints what the page shows", async ({ name, words, output }) => {
  const place = (word: string) => (word.startsWith("examples/") ? join(ROOT, word) : word.endsWith(".jsonl") ? join(folder, word) : word);
  const command = COMMANDS[name as keyof typeof COMMANDS]();
  await command.exitOverride().parseAsync(words.split(" ").map(place), { from: "user" });
  const lines = (printed.output + printed.messages).replaceAll(`${folder}/`, "").replace(/^(?=.)/gm, "    ");
  expect(lines).toBe(output);
});

test("the label that is shown is the first person's second", () => {
  const [, second] = readFileSync(join(ROOT, "examples/labelling/ana.jsonl"), "utf8").split("\n");
  expect(PAGE).toContain(`\n${second}\n`);
});

test("the keys of the table are those of the page", () => {
  for (const [key] of CHOICE_KEYS.slice(1)) expect(PAGE).toContain(`\n| \`${key}\` |`);
});
