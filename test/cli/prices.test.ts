// `sluice prices`: what it shows, that it writes only when told to, and what it leaves alone in the file and beside it.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { mayWrite, pricesCommand } from "../../src/cli/prices.ts";
import { replaceFile } from "../../src/cli/replace-file.ts";
import { newFolder } from "../support/init.ts";
import { LITELLM, PORTKEY } from "../support/price-lists.ts";
import { catchPrinted } from "../support/printed.ts";
import { waitFor } from "../support/wait-for.ts";

const printed = catchPrinted();
const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

const CONFIG = `# ours
tiers:
  - name: weak
    model: gpt-4o-mini
    price: { inputPerMTok: 0.1, perHour: 2 } # by hand
  - { name: other }
  - name: strong
    model: claude-haiku-4-5-20251001
unreadable: refuse
`;
const WRITTEN = CONFIG.replace(
  "{ inputPerMTok: 0.1, perHour: 2 }",
  "{ inputPerMTok: 0.15, cachedInputPerMTok: 0.075, outputPerMTok: 0.6, perHour: 2 }",
).replace(
  "model: claude-haiku-4-5-20251001\n",
  "model: claude-haiku-4-5-20251001\n    price: { inputPerMTok: 1, cachedInputPerMTok: 0.1, cacheWritePerMTok: 1.25, outputPerMTok: 5 }\n",
);

function laidOut() {
  const folder = newFolder();
  const at = (name: string) => join(folder, name);
  writeFileSync(at("sluice.yaml"), CONFIG);
  writeFileSync(at("litellm.json"), JSON.stringify(LITELLM));
  writeFileSync(at("anthropic.json"), JSON.stringify(PORTKEY));
  const run = (...args: string[]) => pricesCommand().exitOverride().parseAsync(args, { from: "user" });
  const lists = ["--from", at("litellm.json"), at("anthropic.json")];
  return { folder, at, run, usual: [...lists, "--config", at("sluice.yaml")], lists, text: () => readFileSync(at("sluice.yaml"), "utf8") };
}

/** A configuration with what is offered in it. */
function printedTier(json: string): string {
  const [{ traits }] = JSON.parse(json).tiers as readonly [{ readonly traits: { readonly can: object } }];
  return `tiers: [{ name: weak, model: gpt-4o-mini, contextTokens: 128000, can: ${JSON.stringify({ tools: true, ...traits.can })} }]`;
}

describe("shown", () => {
  test("before and after, as a table, and nothing is written", async () => {
    const { run, usual, text, folder } = laidOut();
    await run(...usual);
    expect(
      printed.output.replace(folder, "DIR"),
    ).toBe(`tier     model                       input        cached input   cache write   output
weak     gpt-4o-mini                 0.1 → 0.15   – → 0.075      –             – → 0.6
strong   claude-haiku-4-5-20251001   – → 1        – → 0.1        – → 1.25      – → 5

US dollars for a million tokens; –: not given, so cached tokens cost what input does
weak: the list says, for you to write where it holds: can: { images: true, audio: false, tools: true }, contextTokens: 128000
other: no \`model\` of its own; --tier other=MODEL gives one

nothing was written; --write changes DIR/sluice.yaml
`);
    expect(text()).toBe(CONFIG);
  });

  test("as JSON, with the list that each comes from and what longer prompts cost", async () => {
    const { run, usual, at } = laidOut();
    await run(...usual, "--json", "--tier", "strong=claude-sonnet-4-5", "--tier", "weak=");
    expect(JSON.parse(printed.output)).toEqual({
      written: false,
      tiers: [
        {
          tier: "strong",
          model: "claude-sonnet-4-5",
          source: at("litellm.json"),
          before: {},
          after: { inputPerMTok: 3, cachedInputPerMTok: 0.3, cacheWritePerMTok: 3.75, outputPerMTok: 15 },
          note: "prompts over 200,000 tokens cost more (input 6, output 22.5); the lower price is taken",
        },
      ],
      left: [
        { tier: "weak", why: "left as it is" },
        { tier: "other", why: "no `model` of its own; --tier other=MODEL gives one" },
      ],
    });
  });

  test("what the model takes, where the configuration does not say so", async () => {
    const { run, lists, at } = laidOut();
    writeFileSync(at("said.yaml"), "tiers: [{ name: weak, model: gpt-4o-mini, can: { tools: true, audio: true }, contextTokens: 128000 }]");
    await run(...lists, "--config", at("said.yaml"), "--json");
    expect(JSON.parse(printed.output).tiers).toMatchObject([{ tier: "weak", traits: { can: { images: true, audio: false } } }]);
    writeFileSync(at("said.yaml"), printedTier(printed.output));
    printed.output = "";
    await run(...lists, "--config", at("said.yaml"));
    expect(printed.output).not.toContain("the list says");
  });

  test("without a configuration, for the tiers that there are by default", async () => {
    const { run, lists } = laidOut();
    await run(...lists, "--tier", "weak=gpt-4o-mini", "--tier", "strong=gpt-4o");
    expect(printed.output).toMatch(/^weak {5}gpt-4o-mini .*\nstrong {3}gpt-4o /m);
    expect(printed.output).toContain("nothing was written; --write with --config FILE does");
  });

  test("from standard input", () => {
    const { usual, at } = laidOut();
    const args = [MAIN, "prices", "--from", "-", ...usual.slice(-2), "--tier", "strong="];
    const output = execFileSync(process.execPath, args, { input: readFileSync(at("litellm.json")), encoding: "utf8" });
    expect(output).toContain("0.1 → 0.15");
  });
});

describe("written", () => {
  test("only `price` changes; a second time nothing is left to do", async () => {
    const { run, usual, text, folder, at } = laidOut();
    const files = readdirSync(folder);
    await run(...usual, "--write", "--yes");
    expect(text()).toBe(WRITTEN);
    expect(printed.output).toContain(`\nwrote ${at("sluice.yaml")}\n`);
    const { ino } = statSync(at("sluice.yaml"));
    await run(...usual, "--write", "--yes");
    expect(printed.output).toContain("all of these stand in the configuration already");
    expect([statSync(at("sluice.yaml")).ino, readdirSync(folder)]).toEqual([ino, files]);
  });

  test("through a symbolic link, with the file's mode, and no other file is left", async () => {
    const { run, lists, text, folder, at } = laidOut();
    mkdirSync(at("links"));
    symlinkSync("../sluice.yaml", at("links/ours.yaml"));
    chmodSync(at("sluice.yaml"), 0o640);
    const before = readdirSync(folder);
    await run(...lists, "--config", at("links/ours.yaml"), "--write", "--yes");
    expect([text(), statSync(at("sluice.yaml")).mode & 0o777]).toEqual([WRITTEN, 0o640]);
    expect([readdirSync(folder), readdirSync(at("links"))]).toEqual([before, ["ours.yaml"]]);
  });

  test.each([
    ["without a terminal to ask on", ["--write"], "prices-not-confirmed", "no terminal to ask on"],
    ["an unknown model", ["--write", "--yes", "--tier", "weak=gpt-5o"], "prices-unknown-model", "tier weak: gpt-5o is not in"],
    ["a tier given as nothing", ["--tier", "weak"], "commander.invalidArgument", "It must be NAME=MODEL."],
    ["a tier given twice", ["--tier", "weak=a", "--tier", "weak=b"], "commander.invalidArgument", "weak is given twice."],
  ])("refused, and the file is as it was: %s", async (_what, args, code, words) => {
    const { run, usual, text } = laidOut();
    const failed = expect.objectContaining({ code, message: expect.stringContaining(words) });
    await expect(run(...usual, ...args)).rejects.toEqual(failed);
    expect(text()).toBe(CONFIG);
  });

  test("refused without a file", async () => {
    const { run, lists } = laidOut();
    await expect(run(...lists, "--tier", "weak=gpt-4o", "--write", "--yes")).rejects.toMatchObject({ code: "prices-not-confirmed" });
  });

  test("a list too large is refused before it is read to its end", async () => {
    const { run, at } = laidOut();
    writeFileSync(at("large.json"), Buffer.alloc((32 << 20) + 1, " "));
    await expect(run("--from", at("large.json"))).rejects.toMatchObject({ code: "prices-unreadable", message: /larger than 32 MiB$/ });
  });
});

describe("a file replaced", () => {
  test("is left as it is where somebody else has changed it", async () => {
    const { at, text, folder } = laidOut();
    const files = readdirSync(folder);
    await expect(replaceFile(at("sluice.yaml"), "what it was", "new")).rejects.toMatchObject({
      code: "output-unwritable",
      message: expect.stringContaining("it is as it was"),
    });
    expect([text(), readdirSync(folder)]).toEqual([CONFIG, files]);
  });

  test("is left as it is where its folder may not be written to", async () => {
    const { at, text, folder } = laidOut();
    chmodSync(folder, 0o555);
    const isRoot = process.geteuid?.() === 0; // who may write everywhere, until it is somebody else
    if (isRoot) process.seteuid?.(65_534);
    const failed = await replaceFile(at("sluice.yaml"), CONFIG, "new")
      .catch((error: unknown) => error)
      .finally(() => isRoot && process.seteuid?.(0));
    chmodSync(folder, 0o755);
    expect(failed).toMatchObject({ code: "output-unwritable" });
    expect(text()).toBe(CONFIG);
  });
});

test.each([
  ["y", "yes"],
  ["n", "no"],
  ["\x03", "cancelled"],
])("asked on a terminal, %j is %s", async (keys, answer) => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let shown = "";
  output.on("data", (chunk) => {
    shown += String(chunk);
  });
  const asking = mayWrite("ours.yaml", { input, output });
  await waitFor("the question", () => shown.includes("Write these prices into ours.yaml?"));
  input.write(keys);
  expect(await asking).toBe(answer);
});
