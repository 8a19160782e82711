// Who ends when its parent does: a program that npx started or that was started in the foreground, but none put into the background.
import { describe, expect, it } from "vitest";
import { startChild } from "../../../src/setup/stack/child.ts";
import { waitFor } from "../../support/wait-for.ts";

const WATCH = new URL("../../../src/setup/stack/parent-watch.ts", import.meta.url).href;

/** Says `gone` when told so; `alive` when it has been an orphan for four looks without being told. */
const PROGRAM = `
  import { watchParent } from "${WATCH}";
  const parent = process.ppid;
  const say = (word) => { console.log(word); process.exit(); };
  watchParent(() => say("gone"));
  let orphanLooks = 0;
  setInterval(() => { if (process.ppid !== parent && ++orphanLooks > 4) say("alive"); }, 500);
  console.log("ready");
`;

async function lastWord(input: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { npm_config_user_agent: _, ...bare } = process.env;
  const lines: string[] = [];
  const command = `sleep 60 | "$0" --input-type=module -e "$1" ${input} & wait`;
  const shell = startChild("sh", ["-c", command, process.execPath, PROGRAM], {
    env: { ...bare, ...env },
    onLine: (line) => lines.push(line),
  });
  await waitFor("the program runs", () => lines.includes("ready"));
  shell.signal("SIGKILL");
  return waitFor("its last word", () => lines.find((line) => line !== "ready"));
}

describe("an orphan", () => {
  it.each([
    ["ends when it reads from what its parent read from", "", {}, "gone"],
    ["lives on when it was put into the background, with nothing to read from", "</dev/null", {}, "alive"],
    ["ends when npx started it, even then", "</dev/null", { npm_config_user_agent: "npm/11.19.1 node/v24.21.0" }, "gone"],
  ])("%s", async (_what, input, env, word) => {
    expect(await lastWord(input, env)).toBe(word);
  });
});
