// Completion in real shells: the printed script is sourced, and asked as the Tab key asks it. A shell that this machine lacks is skipped.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { SLUICE_MAIN } from "../support/sluice.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-completion-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, "sluice"), `#!/bin/sh\nexec '${process.execPath}' '${SLUICE_MAIN}' "$@"\n`);
chmodSync(join(folder, "sluice"), 0o755);
const env = { ...process.env, PATH: `${folder}${delimiter}${process.env["PATH"]}` };

const isThere = (shell: string) => spawnSync(shell, ["-c", "true"]).status === 0;
for (const shell of ["zsh", "fish"])
  if (!isThere(shell)) process.stderr.write(`completion in ${shell} goes untested: it is not installed\n`);

/** What bash's Tab key would be told, and whether it would go on to files where that is nothing. */
function inBash(line: string): { readonly words: readonly string[]; readonly files: boolean } {
  const words = line.split(" ").map((word) => `'${word}'`);
  const script = `set -e
source <(sluice completion bash)
COMP_WORDS=(${words.join(" ")}) COMP_CWORD=${words.length - 1} COMP_LINE='${line}' COMP_POINT=${line.length}
_sluice_completion
printf '%s\\n' "\${COMPREPLY[@]}"
complete -p sluice >&2`;
  const { stdout, stderr, status } = spawnSync("bash", ["-c", script], { env, encoding: "utf8" });
  if (status !== 0) throw new Error(`bash: ${stderr}`);
  return { words: stdout.split("\n").filter((word) => word !== ""), files: stderr.includes("-o default") };
}

const CASES: readonly (readonly [line: string, words: readonly string[]])[] = [
  ["sluice ev", ["evaluate"]],
  ["sluice s", ["serve", "sample", "stack", "schema"]],
  ["sluice evaluate --s", ["--sweep", "--skip-bad", "--seed"]],
  ["sluice evaluate --policy ", ["v1", "v3", "v5", "v7", "v7-hant"]],
  ["sluice evaluate --policy v1 v", ["v1", "v3", "v5", "v7", "v7-hant"]],
  ["sluice evaluate --data a.jsonl --sw", ["--sweep"]],
  ["sluice init --gateway ", ["envoy", "kgateway", "envoy-gateway", "none"]],
  ["sluice init --traffic a", ["agents"]],
  ["sluice completion ", ["bash", "zsh", "fish"]],
  ["sluice no-such-command --x", []],
];

describe.skipIf(!isThere("bash"))("in bash", () => {
  it.each(CASES)("`%s`", (line, words) => {
    expect(inBash(line).words).toEqual(words);
  });

  it("all commands but the one that answers the shells, and all options of one", () => {
    const commands = inBash("sluice ").words;
    expect(commands).toEqual(
      expect.arrayContaining(["init", "serve", "check", "prices", "doctor", "explain", "evaluate", "train", "stack", "top"]),
    );
    expect(commands).not.toContain("completion-server");
    expect(inBash("sluice evaluate --").words).toEqual(expect.arrayContaining(["--data", "--policy", "--config", "--html", "--help"]));
  });

  it.each(["sluice check --config ", "sluice explain ", "sluice train --exclude a.csv b"])("files, by bash itself, for `%s`", (line) => {
    expect(inBash(line)).toEqual({ words: [], files: true });
  });
});

describe("what zsh and fish ask for", () => {
  const ask = (shell: string, line: string, words: readonly string[], place: number) =>
    execFileSync("sluice", ["completion-server", "--", ...words], {
      env: { ...env, SHELL: shell, COMP_CWORD: String(place), COMP_LINE: line, COMP_POINT: String(line.length) },
      encoding: "utf8",
    });

  it("is answered with descriptions, and files by a word that they know", () => {
    expect(ask("zsh", "sluice ev", ["sluice", "ev"], 1)).toMatch(/^evaluate:\S.*\n$/);
    expect(ask("fish", "sluice ev", ["sluice", "ev"], 2)).toMatch(/^evaluate\t\S.*\n$/);
    expect(ask("fish", "sluice init --gateway ", ["sluice", "init", "--gateway"], 3)).toContain("kgateway");
    expect(ask("zsh", "sluice check --config ", ["sluice", "check", "--config", ""], 3)).toBe("__tabtab_complete_files__\n");
  });

  it.each(["zsh", "fish"].filter(isThere))("is a script that %s can read", (shell) => {
    const script = join(folder, `script.${shell}`);
    writeFileSync(script, execFileSync("sluice", ["completion", shell], { env }));
    expect(spawnSync(shell, ["-n", script], { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
  });
});
