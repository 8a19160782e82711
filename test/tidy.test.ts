// Holds the house style, so that nobody has to say it in review: layering, sizes, names, and documents that are true.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { POLICIES } from "../src/config/policies/list.ts";

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

/** What each wing of src/ may import from outside itself. The command line and what stands straight under src/ compose: they may all. */
const WING_MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  request: [],
  answer: ["request"],
  envoy: ["request", "tls.ts", "errors.ts"],
  outcome: ["envoy", "request", "answer", "state", "listen-address.ts", "tls.ts", "errors.ts"],
  study: ["request", "answer", "errors.ts"],
  config: [
    "request",
    "answer/checks/list.ts",
    "answer/verifier",
    "outcome/sinks/settings.ts",
    "state/store-address.ts",
    "listen-address.ts",
    "tls.ts",
    "errors.ts",
  ],
  setup: ["config", "envoy", "request", "listen-address.ts", "errors.ts"],
  state: ["errors.ts"],
  processes: ["outcome", "envoy", "request", "answer", "state", "listen-address.ts", "errors.ts"],
};
/** What each room may import from the others of its wing. */
const ROOM_MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "request/chat": [],
  "request/cache": ["chat"],
  "request/policy": ["chat"],
  "request/guard": ["chat", "policy", "routing/decision.ts", "routing/reasons.ts"],
  "request/rollout": [],
  "request/routing": ["chat", "policy", "guard", "rollout", "cache"],
  "answer/stream": [],
  "answer/usage": [],
  "answer/ending": [],
  "answer/said": [],
  "answer/verifier": ["said"],
  "answer/checks": ["said", "verifier", "stream", "ending"],
  "answer/storable": ["stream"],
  "answer/kept": ["stream"],
  "answer/agreement": ["said", "verifier/choice-facts.ts"],
  "answer/cascade": ["answer-reader.ts", "agreement", "checks"],
  "envoy/grpc": [],
  "envoy/wire": [],
  "envoy/extproc": ["grpc", "wire"],
  "outcome/output": [],
  "outcome/telemetry": ["output"],
  "outcome/join": ["telemetry"],
  "outcome/signals": ["join"],
  "outcome/embeddings": [],
  "outcome/cached": ["join", "telemetry", "embeddings"],
  "outcome/limits": ["join", "output", "telemetry"],
  "outcome/rollout": ["join", "output", "telemetry"],
  "outcome/history": ["output", "telemetry"],
  "outcome/live": ["join", "signals", "rollout/status.ts"],
  "outcome/sinks": ["join", "output", "telemetry"],
  "outcome/admin": ["join", "rollout", "history", "signals", "live", "telemetry"],
  "study/dataset": [],
  "study/loop": ["dataset"],
  "study/collect": ["dataset", "loop", "evaluate/trial.ts"],
  "study/sample": ["evaluate", "loop"],
  "study/asking": ["dataset", "evaluate", "loop"],
  "study/embedding": ["asking"],
  "study/feedback": ["dataset", "collect/langfuse-pages.ts"],
  "study/label": ["dataset", "loop", "evaluate", "report/markup.ts"],
  "study/distill": ["loop", "collect", "evaluate/random-source.ts", "train/near-duplicates.ts"],
  "study/propose": ["dataset", "evaluate", "train", "report", "loop", "sample"],
  "study/evaluate": ["dataset/example.ts"],
  "study/train": ["evaluate", "dataset/example.ts"],
  "study/answers": ["dataset/example.ts", "evaluate", "train"],
  "study/cache-pairs": ["report/aligned.ts"],
  "study/sessions": ["evaluate", "dataset/example.ts"],
  "study/offpolicy": ["evaluate", "dataset/logged-request.ts"],
  "study/report": ["evaluate", "sessions", "offpolicy", "answers"],
  "config/capabilities": [
    "policies",
    "certificate.ts",
    "duration.ts",
    "effective.ts",
    "embedding-fields.ts",
    "fields.ts",
    "key-path.ts",
    "model-source.ts",
    "param-edits.ts",
    "references.ts",
    "resolve-policies.ts",
    "shapes.ts",
  ],
  "config/policies": [
    "duration.ts",
    "effective.ts",
    "embedding-fields.ts",
    "fields.ts",
    "key-path.ts",
    "mask.ts",
    "model-source.ts",
    "param-edits.ts",
    "presets.ts",
    "references.ts",
    "shapes.ts",
    "versions.ts",
  ],
  "setup/stack": ["envoy-yaml.ts"],
  "setup/doctor": ["envoy-yaml.ts"],
  "setup/init": ["stack"],
  "setup/prices": [],
  "setup/proposal": ["prices/splices.ts"],
};
const COMPOSITION = ["cli", "serving"];
/** What is run, not imported. */
const PROGRAMS = ["src/main.ts", "src/cli/serve-process.ts"];
const PURE = [
  "request",
  "answer",
  "study/evaluate",
  "study/train",
  "study/sessions",
  "study/answers",
  "study/offpolicy",
  "outcome/signals",
  "outcome/live",
  "setup/doctor/checks",
];
/** Pure too, and no I/O: the regular expressions' engine. */
const PURE_PACKAGES: Readonly<Record<string, readonly string[]>> = { "src/request/policy/regex.ts": ["re2js"] };

function importsOf(path: string): string[] {
  return [...read(path).matchAll(/(?:from |import |import\()"([^"]+)"/g)].map((match) => match[1] ?? "");
}

/** `src/a/b.ts` importing `../c/d.ts` gives `c/d.ts`. */
function within(path: string, imported: string): string {
  return normalize(join(dirname(path), imported)).replace(/^src\//, "");
}

/** `src/study/train/folds.ts` is in the room `study/train`; `src/config/load.ts` in the wing `config`, which has no rooms. */
function placeOf(path: string): { readonly wing: string; readonly room: string | undefined } {
  const [, wing = "", room, file] = path.split("/");
  return { wing, room: file === undefined ? undefined : `${wing}/${room}` };
}

const isUnder = (target: string, entries: readonly string[]) => entries.some((entry) => target === entry || target.startsWith(`${entry}/`));

function foreignImports(path: string): readonly string[] {
  const { wing, room } = placeOf(path);
  const inside = ROOM_MAY_IMPORT[room ?? ""]?.map((entry) => `${wing}/${entry}`);
  const allowed = [...(WING_MAY_IMPORT[wing] ?? []), ...(room === undefined || inside === undefined ? [wing] : [room, ...inside])];
  return importsOf(path)
    .filter((imported) => imported.startsWith("."))
    .map((imported) => within(path, imported))
    .filter((target) => !isUnder(target, allowed));
}

describe("layering", () => {
  const inWings = sources.filter((path) => path.split("/").length > 2 && !COMPOSITION.includes(placeOf(path).wing));

  test.each(inWings)("%s imports only what its wing and its room may", (path) => {
    expect(foreignImports(path)).toEqual([]);
  });

  test.each(sources.filter((path) => isUnder(path.replace(/^src\//, ""), PURE)))("%s is pure: no node module, no package", (path) => {
    const packages = importsOf(path).filter((imported) => !imported.startsWith("."));
    expect(packages.filter((name) => !PURE_PACKAGES[path]?.includes(name))).toEqual([]);
  });

  test("every wing and every room has its line in the tables above", () => {
    const places = inWings.map(placeOf);
    expect(places.map(({ wing }) => wing).filter((wing) => WING_MAY_IMPORT[wing] === undefined)).toEqual([]);
    expect(places.flatMap(({ room }) => (room === undefined || ROOM_MAY_IMPORT[room] !== undefined ? [] : [room]))).toEqual([]);
  });

  test("no import climbs more than four folders", () => {
    const climbing = scripts.filter((path) => importsOf(path).some((imported) => imported.startsWith("../../../../../")));
    expect(climbing).toEqual([]);
  });

  test("no two files import each other, not even their types", () => {
    const imports = new Map(
      sources.map((path) => [
        path,
        new Set(
          importsOf(path)
            .filter((name) => name.startsWith("."))
            .map((name) => normalize(join(dirname(path), name))),
        ),
      ]),
    );
    const pairs = [...imports].flatMap(([path, targets]) =>
      [...targets].filter((target) => path < target && imports.get(target)?.has(path)).map((target) => `${path} – ${target}`),
    );
    expect(pairs).toEqual([]);
  });

  test("grpc-js is known to one file, google-protobuf to none: it is an oracle of the tests", () => {
    const importing = (name: string) => sources.filter((path) => importsOf(path).some((imported) => imported === name));
    expect(importing("google-protobuf")).toEqual([]);
    expect(importing("@grpc/grpc-js")).toEqual(["src/envoy/grpc/grpc-js-server.ts"]);
  });

  test("what depends on a policy's type stands in its description, and nowhere else", () => {
    const types = POLICIES.map(({ type }) => type).join("|");
    const asked = new RegExp(`\\btype [!=]==? "(?:${types})"|switch \\(.*\\.type\\)`);
    const elsewhere = sources.filter((path) => !path.startsWith("src/config/policies/"));
    expect(elsewhere.filter((path) => asked.test(read(path)))).toEqual([]);
    expect(asked.test('if (policy.type === "learned") {}')).toBe(true);
    expect(asked.test("switch (policy?.type) {")).toBe(true);
  });

  test("every file of src/ is used", () => {
    const imported = new Set(
      [...sources, ...under("scripts/"), ...under("bench/")].flatMap((path) =>
        importsOf(path)
          .filter((name) => name.startsWith("."))
          .map((name) => normalize(join(dirname(path), name))),
      ),
    );
    expect(sources.filter((path) => !PROGRAMS.includes(path) && !imported.has(path))).toEqual([]);
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
    expect(basename(path)).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|config|(?:faults|gateways|clients)\.config))?\.(?:ts|mjs)$/);
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

  test("nothing advises npx with our name alone, which outside a checkout runs whatever the registry has under it", () => {
    const advising = tracked.filter((path) => /\.(?:md|ts|mjs|ya?ml|service|json)$/.test(path));
    expect(advising.filter((path) => /npx (?:--yes |-y )?sluice\b/.test(read(path)))).toEqual([]);
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
