// docs/judging-answers.md: its commands, run as they stand against the models by script, print what the page says.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { judgeCommand } from "../../src/cli/judge.ts";
import { replayCommand } from "../../src/cli/replay.ts";
import { describe as described } from "../../src/errors.ts";
import { startChild } from "../../src/setup/stack/child.ts";
import { waitUntil } from "../../src/setup/stack/wait-until.ts";
import { dataFile } from "../study/dataset/files.ts";
import { catchPrinted } from "../support/printed.ts";

const PAGE = readFileSync(new URL("../../docs/judging-answers.md", import.meta.url), "utf8");
const SCRIPT = fileURLToPath(new URL("../../examples/scripted-models.mjs", import.meta.url));
const COMMANDS = { replay: replayCommand, judge: judgeCommand } as const;
const printed = catchPrinted();

const rows = execFileSync(process.execPath, [SCRIPT, "--rows", "400"], { encoding: "utf8" });
const folder = dirname(dataFile("page-rows.jsonl", rows));
writeFileSync(join(folder, "page-sluice.yaml"), /\$ cat sluice\.yaml\n(.*?)```/s.exec(PAGE)?.[1] ?? "");

let url = "";
const onLine = (line: string) => {
  url ||= /ready on (\S+)$/.exec(line)?.[1] ?? "";
};
const server = startChild(process.execPath, [SCRIPT, "--port", "0"], { onLine });
await waitUntil(() => url !== "", 15_000);
afterAll(() => server.stop());

/** The page's commands with what stands below each. */
const blocks = [...PAGE.matchAll(/^\$ sluice (replay|judge) ([^\n]*)\n(.*?)```/gms)].map(([, name, options, below]) => ({
  name: name as keyof typeof COMMANDS,
  options: (options ?? "").split(" "),
  below: (below ?? "").trimEnd().split("\n"),
}));

describe("what the page shows", () => {
  test("are three commands", () => {
    expect(blocks.map(({ name }) => name)).toEqual(["replay", "judge", "judge"]);
  });

  test.each(blocks)("$name $options is what is printed", async ({ name, options, below }) => {
    const here = options.map((word) =>
      /\.(?:jsonl|yaml)$/.test(word) ? join(folder, `page-${word}`) : word.replace("http://127.0.0.1:9301", url),
    );
    const end = await COMMANDS[name]()
      .parseAsync(here, { from: "user" })
      .then(
        () => "",
        (error: unknown) => described(error),
      );
    const lines = `${printed.messages}${printed.output}${end}`.replaceAll(`${folder}/page-`, "").trimEnd().split("\n");
    expect(lines).toEqual(below);
  });

  test("is the row that is written, but for the answers and the time", () => {
    const shown = JSON.parse(/```json\n(.*?)\n```/s.exec(PAGE)?.[1] ?? "{}") as Record<string, unknown>;
    // Rows stand in the order in which they were answered.
    const rows = readFileSync(join(folder, "page-data.jsonl"), "utf8").trimEnd().split("\n");
    const written = rows.map((line) => JSON.parse(line) as Record<string, unknown>).find(({ id }) => id === shown.id);
    const { answers, ...row } = written ?? {};
    const timeless = (value: unknown) => JSON.stringify(value).replace(/"at":"[^"]+"/, "");
    expect(answers).toBeDefined();
    expect(timeless(row)).toBe(timeless(shown));
  });
});
