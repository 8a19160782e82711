// A file that changes under a running server: when what stands in it counts, and when it does not.
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Config } from "../../src/config/config.ts";
import { loadConfig, loadWithFile } from "../../src/config/load.ts";
import { type Reloader, type ReloadTiming, startReloader } from "../../src/config/reloader.ts";
import { encodeModel } from "../../src/request/policy/learned/model-file.ts";
import { modelOf } from "../request/policy/learned/model-of.ts";
import { waitFor } from "../support/wait-for.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples", import.meta.url));
const { id: _, ...NEW_MODEL } = modelOf(["prove"], { seen: new Uint8Array(128).fill(7) });
const MODEL = encodeModel(NEW_MODEL);
const FAST: ReloadTiming = { quietMs: 30, secondLookMs: 600, restlessMs: 1500, lookMs: 200 };

let folder: string;
let reloader: Reloader | undefined;
let taken: { readonly config: Config; readonly gone: readonly string[] }[];
let refused: unknown[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-reloader-"));
  taken = [];
  refused = [];
});
afterEach(() => {
  reloader?.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string) => join(folder, name);
const write = (text: string) => writeFileSync(at("sluice.yaml"), text);
const codes = () => refused.map((error) => (error as { code?: string }).code ?? String(error));

/** Starts with this text; `before` is done between its reading and the start. */
async function start(text: string, { timing = FAST, before = () => {} }: { timing?: ReloadTiming; before?: () => void } = {}) {
  write(text);
  const { source } = await loadWithFile(at("sluice.yaml"));
  if (source === undefined) throw new Error("it was read from a file");
  before();
  const take = async (config: Config, gone: readonly string[]) => void taken.push({ config, gone });
  reloader = startReloader({ source, take, refuse: (error) => refused.push(error), timing });
}
const takes = (count: number) => waitFor(`${count} taken; refused: ${codes().join()}`, () => taken.length >= count, 20_000);
const refuses = (count: number) => waitFor(`${count} refused`, () => refused.length >= count, 20_000);
const tiers = () => taken.map(({ config }) => config.tiers.map(({ name }) => name).join());

const ONE = "tiers: [{ name: one }]\n";
const TWO = "tiers: [{ name: one }, { name: two }]\n";
const THREE = "tiers: [{ name: one }, { name: two }, { name: three }]\n";

describe("a file is taken", () => {
  test("each time it has changed, and once", async () => {
    await start(ONE);
    write(TWO);
    await takes(1);
    write(THREE);
    await takes(2);
    expect(tiers()).toEqual(["one,two", "one,two,three"]);
    expect(refused).toEqual([]);
  });

  test("when it changed between its reading and the start", async () => {
    await start(ONE, { before: () => write(TWO) });
    await takes(1);
    expect(tiers()).toEqual(["one,two"]);
  });

  test("through the swap of a ConfigMap's symbolic link, each time", async () => {
    const mount = (version: string, text: string) => {
      mkdirSync(at(version));
      writeFileSync(at(`${version}/sluice.yaml`), text);
      symlinkSync(version, at("..data_tmp"));
      renameSync(at("..data_tmp"), at("..data"));
    };
    mount("..1", ONE);
    const before = () => {
      rmSync(at("sluice.yaml"));
      symlinkSync("..data/sluice.yaml", at("sluice.yaml"));
    };
    await start(ONE, { before });
    mount("..2", TWO);
    await takes(1);
    mount("..3", THREE);
    rmSync(at("..2"), { recursive: true });
    await takes(2);
    expect(tiers()).toEqual(["one,two", "one,two,three"]);
  });

  test("when it is asked for, changed or not", async () => {
    await start(ONE);
    await reloader?.reload();
    expect(tiers()).toEqual(["one"]);
  });

  test("as the same configuration as at the start, whatever is in it", async () => {
    cpSync(EXAMPLES, folder, { recursive: true });
    writeFileSync(at("model.json"), MODEL);
    writeFileSync(at("trained.yaml"), "policies: { main: { type: learned, file: model.json, threshold: auto } }\n");
    const names = readdirSync(folder).filter((name) => name.endsWith(".yaml") && name !== "sluice.yaml");
    await start(ONE);
    for (const name of names) {
      write(readFileSync(at(name), "utf8"));
      await reloader?.reload();
      expect([name, taken.at(-1)?.config]).toEqual([name, await loadConfig(at("sluice.yaml"))]);
    }
    expect(refused).toEqual([]);
  });
});

describe("a file that is being written", () => {
  test("is not taken before it is complete, wherever it was cut off", async () => {
    const policies = "  a: { type: fixed, tier: two }\n  b: { type: fixed, tier: three }\n  c: { type: random }\n";
    const text = `${THREE}active: b\npolicies:\n${policies}log: { level: warn }\n`;
    await start(text, { timing: { ...FAST, secondLookMs: 1500 } });
    const lineEnds = [...text.matchAll(/\n/g)].map(({ index }) => index + 1);
    const cuts = fc.oneof(fc.constantFrom(...lineEnds.slice(0, -1)), fc.nat({ max: text.length - 1 }));
    const pauses = fc.integer({ min: 0, max: 500 }); // far less than it takes until the second look
    await fc.assert(
      fc.asyncProperty(cuts, pauses, fc.integer({ min: 1, max: 1e6 }), async (cut, pauseMs, maxWaitMs) => {
        const next = `${text}outcomes: { maxWaiting: ${maxWaitMs} }\n`;
        taken = [];
        write(next.slice(0, cut));
        await wait(pauseMs); // the writer's
        write(next);
        await waitFor("the whole is taken", () => taken.some(({ config }) => config.outcomes.maxWaiting === maxWaitMs));
        return taken.length === 1;
      }),
      { numRuns: 6, endOnFailure: true },
    );
  });

  test("is taken as it is when nothing more comes, and what is gone is told", async () => {
    await start(`${ONE}active: a\npolicies: { a: { type: random } }\n`);
    const before = performance.now();
    truncateSync(at("sluice.yaml"), ONE.length);
    await takes(1);
    expect(performance.now() - before).toBeGreaterThan(600);
    expect(taken[0]?.gone).toEqual(["active", "policies"]);
  });

  test("is refused when it is written to all the time, and taken when that ends", async () => {
    await start(ONE);
    let count = 0;
    const writing = setInterval(() => write(`${ONE}# ${count++}\n`), 10);
    await refuses(1);
    clearInterval(writing);
    expect(new Set(codes())).toEqual(new Set(["config-changing"]));
    write(TWO);
    await waitFor("the end taken", () => tiers().at(-1) === "one,two");
  });
});

describe("refused once, and taken when it is back", () => {
  const BIG = "# much\n".repeat(200_000);
  test.each<[what: string, code: string, damage: (file: string) => void]>([
    ["empty", "config-empty", (file) => truncateSync(file)],
    ["nothing but a comment", "config-empty", (file) => writeFileSync(file, "# tiers: []\n")],
    ["null", "config-empty", (file) => writeFileSync(file, "null\n")],
    ["deleted", "config-not-found", (file) => rmSync(file)],
    ["a link that leads nowhere", "config-not-found", (file) => replaced(file, () => symlinkSync("nowhere.yaml", file))],
    ["a folder", "config-unreadable", (file) => replaced(file, () => mkdirSync(file))],
    ["a link to itself", "config-unreadable", (file) => replaced(file, () => symlinkSync(file, file))],
    ["not text", "config-unreadable", (file) => writeFileSync(file, new Uint8Array(64))],
    ["no YAML", "config-invalid", (file) => writeFileSync(file, "tiers: [\n")],
    ["larger than any", "config-too-large", (file) => writeFileSync(file, BIG)],
    ["a device that never ends", "config-unreadable", (file) => replaced(file, () => symlinkSync("/dev/zero", file))],
  ])("%s", async (_what, code, damage) => {
    await start(ONE);
    damage(at("sluice.yaml"));
    await refuses(1);
    expect(taken).toEqual([]);
    rmSync(at("sluice.yaml"), { recursive: true, force: true });
    writeFileSync(at("new"), TWO);
    renameSync(at("new"), at("sluice.yaml"));
    await takes(1);
    expect([codes(), tiers()]).toEqual([[code], ["one,two"]]);
  });

  test.skipIf(process.getuid?.() === 0)("not for this user to read", async () => {
    await start(ONE);
    chmodSync(at("sluice.yaml"), 0);
    await refuses(1);
    chmodSync(at("sluice.yaml"), 0o600);
    await takes(1);
    expect(codes()).toEqual(["config-unreadable"]);
  });

  test("its folder replaced by another, where later changes are noticed too", async () => {
    await start(ONE);
    renameSync(folder, `${folder}-away`);
    await refuses(1);
    mkdirSync(folder);
    write(TWO);
    await takes(1);
    write(THREE);
    await takes(2);
    rmSync(`${folder}-away`, { recursive: true });
    expect([codes(), tiers()]).toEqual([["config-not-found"], ["one,two", "one,two,three"]]);
  });

  test("a model that is cut off, and one that comes later than the file that names it", async () => {
    const naming = (name: string) => `policies: { main: { type: learned, file: ${name} } }\n`;
    writeFileSync(at("a.json"), MODEL);
    await start(naming("a.json"));
    writeFileSync(at("a.json"), MODEL.subarray(0, MODEL.length / 2));
    await refuses(1);
    writeFileSync(at("a.json"), MODEL);
    await takes(1);
    write(naming("b.json"));
    await refuses(2);
    writeFileSync(at("b.json"), MODEL);
    await takes(2);
    expect(codes()).toEqual(["config-invalid", "config-invalid"]);
  });
});

test("what was being read when it closed is dropped", async () => {
  await start(ONE);
  write(TWO);
  const reading = reloader?.reload();
  reloader?.close();
  await reading;
  expect([taken, refused]).toEqual([[], []]);
});

function replaced(file: string, make: () => void): void {
  rmSync(file);
  make();
}
