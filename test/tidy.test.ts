// Holds the house style, so that nobody has to say it in review: layering, sizes, names, and documents that are true.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MAX_FILE_LINES = 400;
const MAX_FUNCTION_LINES = 70;
const MAX_LINE = 140;

const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: ROOT, encoding: "utf8" })
  .split("\n")
  .filter((path) => path !== "" && existsSync(join(ROOT, path)));
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const under = (folder: string, ending = ".ts") => tracked.filter((path) => path.startsWith(folder) && path.endsWith(ending));
const sources = under("src/").filter((path) => !path.includes("/assembly/"));
const scripts = tracked.filter((path) => /\.(?:ts|mjs)$/.test(path));

/** What each folder of src/ may import from the others. Files straight under src/ and the command line may import everything. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  config: ["errors.ts", "chat", "policy", "regex.ts"],
  wire: [],
  chat: [],
  policy: ["chat"],
  routing: ["chat", "policy"],
  evaluate: ["chat", "policy", "routing", "dataset/example.ts"],
  train: ["chat", "policy", "evaluate", "dataset/example.ts", "errors.ts"],
  extproc: ["wire", "routing", "telemetry"],
  http2: ["extproc/transport.ts"],
  dataset: ["chat", "errors.ts"],
  report: ["evaluate"],
  outcome: ["wire", "telemetry", "routing", "policy/glob.ts", "extproc/transport.ts", "extproc/process-call.ts", "extproc/answers.ts"],
  signals: ["routing", "outcome/outcome.ts"],
  live: ["routing", "outcome/outcome.ts", "outcome/cost.ts", "signals"],
  telemetry: [],
  sinks: ["outcome", "routing", "telemetry", "config/config.ts"],
  admin: ["config", "telemetry", "signals", "live", "errors.ts"],
  doctor: ["errors.ts", "config", "routing/decision.ts", "regex.ts"],
  stack: ["app.ts", "config", "errors.ts", "telemetry", "wire"],
};
const PURE = ["chat", "policy", "routing", "evaluate", "train", "signals", "live", "doctor/checks"];

function importsOf(path: string): string[] {
  return [...read(path).matchAll(/(?:from |import |import\()"([^"]+)"/g)].map((match) => match[1] ?? "");
}

/** `src/a/b.ts` importing `../c/d.ts` gives `c/d.ts`. */
function within(path: string, imported: string): string {
  return normalize(join(dirname(path), imported)).replace(/^src\//, "");
}

describe("layering", () => {
  test.each(sources.filter((path) => path.split("/").length > 2 && !path.startsWith("src/cli/")))(
    "%s imports only what its folder may",
    (path) => {
      const folder = path.split("/")[1] ?? "";
      const allowed = [folder, ...(MAY_IMPORT[folder] ?? [])];
      const foreign = importsOf(path)
        .filter((imported) => imported.startsWith("."))
        .map((imported) => within(path, imported))
        .filter((target) => !allowed.some((entry) => target === entry || target.startsWith(`${entry}/`)));
      expect(foreign).toEqual([]);
    },
  );

  test.each(sources.filter((path) => PURE.some((folder) => path.startsWith(`src/${folder}/`))))(
    "%s is pure: no node module, no package",
    (path) => {
      expect(importsOf(path).filter((imported) => !imported.startsWith("."))).toEqual([]);
    },
  );

  test("every folder of src/ has its line in the table above", () => {
    const folders = new Set(sources.filter((path) => path.split("/").length > 2).map((path) => path.split("/")[1]));
    expect([...folders].filter((folder) => folder !== "cli" && MAY_IMPORT[folder ?? ""] === undefined)).toEqual([]);
  });

  test("google-protobuf is known to src/wire alone, grpc-js to one file", () => {
    const importing = (name: string) => sources.filter((path) => importsOf(path).some((imported) => imported === name));
    expect(importing("google-protobuf").filter((path) => !path.startsWith("src/wire/"))).toEqual([]);
    expect(importing("@grpc/grpc-js")).toEqual(["src/extproc/grpc-js-server.ts"]);
  });

  test("every file of src/ is used", () => {
    const imported = new Set(
      [...sources, ...under("scripts/"), ...under("bench/")].flatMap((path) =>
        importsOf(path)
          .filter((name) => name.startsWith("."))
          .map((name) => normalize(join(dirname(path), name))),
      ),
    );
    expect(sources.filter((path) => path !== "src/main.ts" && !imported.has(path))).toEqual([]);
  });
});

describe("sizes", () => {
  test.each(scripts)("%s is at most 400 lines of at most 140 characters", (path) => {
    const lines = read(path).split("\n");
    expect(lines.length).toBeLessThanOrEqual(MAX_FILE_LINES);
    expect(lines.filter((line) => line.length > MAX_LINE && !line.includes("http"))).toEqual([]);
  });

  test.each(sources)("%s has no function over 70 lines", (path) => {
    expect(longFunctions(read(path).split("\n"))).toEqual([]);
  });

  test("README has at most 150 lines, ARCHITECTURE at most 200", () => {
    expect(read("README.md").split("\n").length).toBeLessThanOrEqual(150);
    expect(read("docs/ARCHITECTURE.md").split("\n").length).toBeLessThanOrEqual(200);
  });
});

/** Code is formatted, so a block ends at the first line of its own indentation that starts with a brace. */
function longFunctions(lines: readonly string[]): string[] {
  return lines.flatMap((line, at) => {
    if (!line.endsWith("{") || !/\bfunction\b|=> \{$|^\s+(?:async |static |get |set )*#?\w+\(.*\).*\{$/.test(line)) return [];
    const indent = /^ */.exec(line)?.[0] ?? "";
    const length = lines.slice(at + 1).findIndex((later) => later.startsWith(`${indent}}`)) + 2;
    return length > MAX_FUNCTION_LINES ? [`line ${at + 1}: ${length} lines`] : [];
  });
}

describe("names and comments", () => {
  test.each(scripts)("%s is named in kebab case, and not after what everything or nothing is", (path) => {
    expect(basename(path)).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|config|gateways\.config))?\.(?:ts|mjs)$/);
    expect(path).not.toMatch(/\b(?:utils?|helpers?|common|misc|manager|index)\b/);
  });

  test.each(sources)("%s opens by saying what it is for", (path) => {
    expect(read(path).replace(/^#!.*\n/, "")).toMatch(/^\/\/ \S.{20,}/);
  });

  test.each(sources)("%s has named exports only, and no notes to self", (path) => {
    expect(read(path)).not.toMatch(/^export default|\bTODO\b|\bFIXME\b|\bXXX\b/m);
  });
});

describe("documents", () => {
  const documents = tracked.filter((path) => path.endsWith(".md"));

  test.each(documents)("%s links only to what is there", (path) => {
    const links = [...read(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)[^)]*\)/g)].map((match) => match[1] ?? "");
    expect(links.filter((link) => !existsSync(join(ROOT, dirname(path), link)))).toEqual([]);
  });

  test("every dependency has its line in docs/DEPENDENCIES.md", () => {
    const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<string, Record<string, string>>;
    const text = read("docs/DEPENDENCIES.md");
    const names = [...Object.keys(dependencies ?? {}), ...Object.keys(devDependencies ?? {})];
    expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  test("every path that ARCHITECTURE names exists", () => {
    const named = [...read("docs/ARCHITECTURE.md").matchAll(/`((?:src|test|envoy|proto|bench|deploy|scripts|docs)\/[\w./-]*)`/g)].map(
      (match) => match[1] ?? "",
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
