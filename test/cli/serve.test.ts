// `sluice serve` as a person meets it on a terminal, and a collector of logs behind a pipe.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { heapFlags } from "../../src/cli/heap-flags.ts";
import { serveIntroduction } from "../../src/cli/serve-introduction.ts";
import { parseConfig } from "../../src/config/load.ts";
import { waitFor } from "../support/wait-for.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sluice-serve-"));
const CONFIG = join(folder, "sluice.yaml");
const GOOD = 'listen: { extProc: "127.0.0.1:0", admin: "127.0.0.1:0" }\n';
const CTRL_C = "\x03";
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runs = (program: string, args: readonly string[]) => spawnSync(program, args, { stdio: "ignore" }).status === 0;
const PTY = "import pty,sys,os; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
const TERMINAL = terminalCommand();

/** What runs a command on a terminal of its own; undefined: nothing here does. */
function terminalCommand(): ((command: readonly string[]) => readonly [string, readonly string[]]) | undefined {
  if (runs("python3", ["-c", "import pty"])) return (command) => ["python3", ["-c", PTY, ...command]];
  const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
  if (runs("script", ["-qec", "true", "/dev/null"])) return (command) => ["script", ["-qec", command.map(quoted).join(" "), "/dev/null"]];
  return undefined;
}

interface Run {
  readonly terminal: boolean;
  readonly options: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Serves, is given a broken configuration, then Ctrl-C or SIGINT. What it said until then. */
async function session({ terminal, options, env = {} }: Run): Promise<{ text: string; code: number | null }> {
  writeFileSync(CONFIG, GOOD);
  const command = [process.execPath, MAIN, "serve", "--config", CONFIG, ...options];
  const [program, args] = terminal && TERMINAL !== undefined ? TERMINAL(command) : [process.execPath, command.slice(1)];
  const child = spawn(program, args, { env: { ...process.env, NO_COLOR: undefined, TERM: "xterm", ...env } });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (part: string) => (text += part));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  try {
    await waitFor("it serves", () => text.includes("serving") && text.includes("main@v7"), 30_000);
    writeFileSync(CONFIG, `${GOOD}activ: other\n`);
    await waitFor("it notices another configuration", () => text.includes("did you mean active?"), 20_000);
    if (terminal) child.stdin.write(CTRL_C);
    else child.kill("SIGINT");
    return { code: await ended, text: text.replaceAll("\r\n", "\n") };
  } finally {
    child.kill("SIGKILL");
  }
}

function jsonLines(text: string): readonly unknown[] {
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}

describe("on a terminal (skipped where neither python3 nor script gives one)", () => {
  test.skipIf(TERMINAL === undefined)(
    "it introduces itself, then logs for people, and Ctrl-C ends it",
    async () => {
      const { text, code } = await session({ terminal: true, options: [] });
      expect(text).toMatch(/^sluice \d+\.\d+\.\d+ is serving; Ctrl-C ends it\n\n {2}ext_proc {7}127\.0\.0\.1:\d+/);
      expect(text).toMatch(/\n {2}live page {6}http:\/\/127\.0\.0\.1:\d+\/\n/);
      expect(text).toContain(`\n  configuration  ${CONFIG}, read again when it changes\n`);
      expect(text).toContain("\x1b[1;31merror\x1b[0m configuration not reloaded: the old one stays in force\n");
      expect(text).toMatch(/\n +config-invalid: .*\n +.*:2:1: activ: unknown key; did you mean active\?\n +hint: /);
      expect(text).toContain("stopped");
      expect(text).not.toContain("    at ");
      expect(code).toBe(0);
    },
    60_000,
  );

  test.skipIf(TERMINAL === undefined)(
    "NO_COLOR is respected",
    async () => {
      const { text } = await session({ terminal: true, options: [], env: { NO_COLOR: "1" } });
      expect(text).toContain("Z error configuration not reloaded");
      expect(text).not.toContain("\x1b");
    },
    60_000,
  );

  test.skipIf(TERMINAL === undefined)(
    "it logs JSON lines alone when told to",
    async () => {
      const { text } = await session({ terminal: true, options: ["--log-format", "json"] });
      const lines = jsonLines(text.replaceAll("^C", ""));
      expect(lines[0]).toMatchObject({ level: "info", msg: "serving", policy: "main@v7" });
    },
    60_000,
  );
});

describe("on a pipe", () => {
  test.skipIf(process.platform !== "linux" || process.execve === undefined)(
    "it runs with V8's flags and the memory settings that it gives itself",
    async () => {
      writeFileSync(CONFIG, GOOD);
      const child = spawn(process.execPath, [MAIN, "serve", "--config", CONFIG]);
      const told = (file: string) => readFileSync(`/proc/${child.pid}/${file}`, "utf8").split("\0");
      try {
        await waitFor("it has started anew", () => told("cmdline").includes("--max-semi-space-size=4"), 20_000);
        expect(told("cmdline")).toEqual([process.execPath, ...heapFlags(process.versions.node), MAIN, "serve", "--config", CONFIG, ""]);
        expect(told("environ")).toContain("MALLOC_ARENA_MAX=1");
      } finally {
        child.kill("SIGKILL");
      }
    },
  );

  test("it logs JSON lines alone, from the first to the last", async () => {
    const { text } = await session({ terminal: false, options: [] });
    const lines = jsonLines(text);
    expect(lines[0]).toMatchObject({ level: "info", msg: "serving", policy: "main@v7" });
    expect(lines).toContainEqual(expect.objectContaining({ level: "error", code: "config-invalid" }));
  }, 60_000);

  test("it speaks to people when told to, without colours", async () => {
    const { text } = await session({ terminal: false, options: ["--log-format", "text"] });
    expect(text).toMatch(/^sluice .* is serving/);
    expect(text).toContain("Z error configuration not reloaded");
    expect(text).not.toContain("\x1b");
  }, 60_000);
});

describe("the introduction", () => {
  const introduction = (admin: string, configPath?: string) =>
    serveIntroduction({
      version: "1.2.3",
      serving: { extProc: "127.0.0.1:9002", admin, policy: "main@v7" },
      config: parseConfig("", "test"),
      configPath,
    });

  test.each([
    ["0.0.0.0:9003", "http://127.0.0.1:9003/"],
    ["[::]:9003", "http://[::1]:9003/"],
    ["10.1.2.3:9003", "http://10.1.2.3:9003/"],
    ["unix:/run/s.sock", "not in a browser"],
  ])("of an admin port on %s names the page %s", (admin, page) => {
    expect(introduction(admin)).toContain(`live page      ${page}`);
  });

  test("names the policy in words, the tiers, and where that was said", () => {
    expect(introduction("127.0.0.1:9003")).toMatch(
      /configuration {2}the defaults.*\n {2}policy {9}main@v7: strong for .*; else weak.*\n {2}tier {11}weak; .*\n {2}tier {11}strong; /,
    );
  });

  test("gives commands that a shell reads as they are meant", () => {
    const explain = "npx --no-install sluice explain --config 'my file.yaml' --prompt 'Design";
    expect(introduction("127.0.0.1:9003", "my file.yaml")).toContain(explain);
  });
});
