// Files that users hand over, with every slip there is: each is told as what, where and what to do, never as a bug in sluice.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { checkCommand } from "../../src/cli/check.ts";
import { doctorCommand } from "../../src/cli/doctor.ts";
import { evaluateCommand } from "../../src/cli/evaluate.ts";
import { explainCommand } from "../../src/cli/explain.ts";
import { pricesCommand } from "../../src/cli/prices.ts";
import { trainCommand } from "../../src/cli/train.ts";
import { SluiceError } from "../../src/errors.ts";
import { adaptEnvoyConfig, readEnvoyYaml } from "../../src/setup/stack/envoy-config.ts";
import { catchPrinted } from "../support/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-files-"));
chmodSync(folder, 0o755);
catchPrinted();
afterAll(() => rmSync(folder, { recursive: true }));

const GOOD_DATA = join(folder, "good.jsonl");
writeFileSync(GOOD_DATA, '{"prompt":"a","label":"weak"}\n{"prompt":"b","label":"strong"}\n');

const HOST = { kind: "address", address: "127.0.0.1:1" } as const;
const ADDRESSES = { port: 0, adminPort: 0, sluice: "127.0.0.1:2", tiers: { weak: HOST, strong: HOST }, caFile: "" };

interface FileKind {
  readonly ending: string;
  readonly handOver: (file: string) => unknown;
  readonly slip: string; // of syntax
  readonly shapes: readonly string[]; // right syntax, and not what it must be
  readonly mayBeEmpty?: true; // an empty file says nothing, which is fine
  readonly named?: string; // in place of its path
}

const from = { from: "user" } as const;
const BROKEN_YAML = "a: [1\nb: {";
const KINDS: Readonly<Record<string, FileKind>> = {
  "sluice.yaml": {
    ending: ".yaml",
    handOver: (file) => checkCommand().parseAsync(["--config", file], from),
    slip: BROKEN_YAML,
    shapes: [
      "- 1\n",
      "hello\n",
      "tiers: 3\n",
      "active: *x\n",
      "policies: &p\n  x: *p\n",
      "listen: {}\n---\nlisten: {}\n",
      "? [a]\n: b\n",
      "# tiers:\n",
    ],
  },
  "envoy.yaml of the doctor": {
    ending: ".yaml",
    handOver: (file) => doctorCommand().parseAsync(["--envoy-config", file], from),
    slip: BROKEN_YAML,
    shapes: ["- 1\n", "static_resources: 3\n", "a: *x\n", "static_resources: &b\n  clusters: [*b]\n", "a: 1\n---\nb: 2\n", "configs: 3\n"],
  },
  "envoy.yaml of the stack": {
    ending: ".yaml",
    handOver: async (file) => adaptEnvoyConfig(readEnvoyYaml(file), ADDRESSES),
    slip: BROKEN_YAML,
    shapes: [
      "- 1\n",
      "static_resources: 3\n",
      "static_resources: { listeners: 3, clusters: [] }\n",
      "static_resources: { listeners: [], clusters: [null] }\n",
      "static_resources: { listeners: [{}], clusters: [] }\n",
      "static_resources: &b\n  clusters: [*b]\n",
      "a: *x\n",
      "a: 1\n---\nb: 2\n",
    ],
    named: "envoy/envoy.yaml",
  },
  "a manifest": {
    ending: ".yaml",
    handOver: (file) => doctorCommand().parseAsync(["--manifests", file], from),
    slip: BROKEN_YAML,
    shapes: ["kind: *x\n"],
    mayBeEmpty: true,
  },
  "a price list": {
    ending: ".json",
    handOver: (file) => pricesCommand().parseAsync(["--from", file, "--tier", "weak=x"], from),
    slip: '{"gpt-4o":',
    shapes: ["[]", "3", "null", "{}", '{"gpt-4o":3}', '{"gpt-4o":{}}', '{"models":{}}', '{"a":{"pricing_config":3}}'],
  },
  "a data set to evaluate": {
    ending: ".jsonl",
    handOver: (file) => evaluateCommand().parseAsync(["--data", file], from),
    slip: '{"prompt":\n',
    shapes: ["[1]\n", "null\n", '{"prompt":3,"label":"weak"}\n', '{"prompt":"x","label":7}\n', '{"messages":[3],"label":"weak"}\n'],
  },
  "a data set in CSV": {
    ending: ".csv",
    handOver: (file) => evaluateCommand().parseAsync(["--data", file], from),
    slip: 'prompt,label\n"x,weak\n',
    shapes: ["a,b\n1,2\n", "prompt,prompt\n", "prompt,label\nx\n"],
  },
  "a packed data set": {
    ending: ".jsonl.gz",
    handOver: (file) => evaluateCommand().parseAsync(["--data", file], from),
    slip: "{\n",
    shapes: ['{"prompt":"x","label":"weak"}\n'],
  },
  "a data set to train on": {
    ending: ".jsonl",
    handOver: (file) => trainCommand().parseAsync(["--data", file, "--out", join(folder, "out.model")], from),
    slip: '{"prompt":\n',
    shapes: ["[1]\n", '{"prompt":"x","label":7}\n', '{"request":{},"label":"weak"}\n'],
  },
  "prompts to leave out": {
    ending: ".jsonl",
    handOver: (file) => evaluateCommand().parseAsync(["--data", GOOD_DATA, "--exclude", file], from),
    slip: '{"prompt":\n',
    shapes: ["[1]\n", '{"text":"x"}\n', '{"prompt":3}\n'],
    mayBeEmpty: true,
  },
  "a request": {
    ending: ".json",
    handOver: (file) => explainCommand().parseAsync([file], from),
    slip: '{"messages":',
    shapes: ["[1]", "3", "null", "{}", '{"messages":3}', '{"messages":[]}', '{"messages":[null]}', '{"messages":["hi"]}', '{"input":3}'],
  },
  "a model": {
    ending: ".model",
    handOver: (file) => explainCommand().parseAsync(["--prompt", "x", "--policy", `learned:${file}`], from),
    slip: '{"format":\n',
    shapes: ['{"format":"sluice-model"}\n{}\n', '{"format":"sluice-model","version":2}\n', '{"format":"sluice-model","version":1}\n{}\n'],
  },
};

const BINARY = Buffer.from(Array.from({ length: 600 }, (_, at) => (at * 37) % 256));
const LATIN_1 = Buffer.from("listen: {} # caf\xe9\n", "latin1");

type Row = readonly [kind: string, slip: string, content: string | Buffer | "folder" | undefined];
const ROWS: readonly Row[] = Object.entries(KINDS).flatMap(([kind, { slip, shapes, mayBeEmpty }]): readonly Row[] => [
  [kind, "missing", undefined],
  [kind, "a folder", "folder"],
  ...(mayBeEmpty ? [] : [[kind, "empty", ""] as const]),
  [kind, "binary", BINARY],
  [kind, "not UTF-8", LATIN_1],
  [kind, "wrong in its syntax", slip],
  ...shapes.map((shape): Row => [kind, `not what it must be: ${JSON.stringify(shape)}`, shape]),
]);

function fileWith(kind: FileKind, content: string | Buffer | undefined): string {
  const path = join(mkdtempSync(join(folder, "case-")), `given${kind.ending}`);
  chmodSync(join(path, ".."), 0o755);
  if (content === "folder") mkdirSync(path);
  else if (content !== undefined) writeFileSync(path, content);
  return path;
}

function kindOf(name: string): FileKind {
  const kind = KINDS[name];
  if (kind === undefined) throw new Error(`no kind ${name}`);
  return kind;
}

async function errorOf({ handOver }: FileKind, file: string): Promise<unknown> {
  return Promise.resolve(handOver(file)).then(
    () => "nothing was said",
    (error: unknown) => error,
  );
}

/** What, where, and what to do, in words of our own. */
function expectTold(error: unknown, named: string): void {
  expect(error).toBeInstanceOf(SluiceError);
  const { message, hint } = error as SluiceError;
  expect(message).toContain(named);
  expect(message).not.toMatch(/parseAllDocuments|call stack|\n\s+at /);
  expect(hint).toMatch(/\w/);
}

describe("what is wrong with a file is told", () => {
  test.each(ROWS)("%s: %s", async (name, _, content) => {
    const kind = kindOf(name);
    const file = fileWith(kind, content);
    expectTold(await errorOf(kind, file), kind.named ?? file);
  });

  test.each(Object.keys(KINDS))("%s: without permission to read it", async (name) => {
    const kind = kindOf(name);
    const file = fileWith(kind, "x");
    chmodSync(file, 0o000);
    const isRoot = process.geteuid?.() === 0; // who may read everything, until it is somebody else
    if (isRoot) process.seteuid?.(65_534);
    const error = await errorOf(kind, file).finally(() => isRoot && process.seteuid?.(0));
    expectTold(error, kind.named ?? file);
  });
});

test.each(Object.keys(KINDS).filter((name) => kindOf(name).mayBeEmpty))("%s may be empty", async (name) => {
  const kind = kindOf(name);
  expect(await errorOf(kind, fileWith(kind, ""))).toBe("nothing was said");
});

test("a slip in the stack's Envoy configuration has its line", () => {
  const yaml = readEnvoyYaml().replace("static_resources:", "static_resources: [");
  expect(() => adaptEnvoyConfig(yaml, ADDRESSES)).toThrow(/^envoy\/envoy\.yaml:\d+:\d+: /);
});
