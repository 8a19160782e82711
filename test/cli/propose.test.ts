// `sluice propose`, from files to files: what it writes, what the configuration then decides, and a branch for which nothing else is
// touched.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { proposeCommand } from "../../src/cli/propose.ts";
import { loadConfig } from "../../src/config/load.ts";
import { policyNamed } from "../../src/config/routing-of.ts";
import { readLoop } from "../../src/study/loop/read-loop.ts";
import { decisionsOf } from "../../src/study/propose/asked-rows.ts";
import { readRows } from "../../src/study/propose/labelled-rows.ts";
import { type MadeSettings, madeRows } from "../study/propose/made-rows.ts";
import { PLACE } from "../study/propose/proposed.ts";
import { catchPrinted } from "../support/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-propose-"));
const printed = catchPrinted();
afterAll(() => rmSync(folder, { recursive: true }));

const TELLING: MadeSettings = { seed: 1, rows: 400, planted: { word: "kubernetes", language: "en", share: 0.12, needs: 0.85 } };

/** Loop rows of the made-up ones. */
function rowsFile(name: string, made: MadeSettings, change: (row: object, at: number) => object = (row) => row): string {
  const lines = madeRows(made).labelled.map(({ body, quality }, at) => {
    const request = JSON.parse(new TextDecoder().decode(body)) as unknown;
    return JSON.stringify(change({ id: `${name}-${at}`, request, weak: quality[0], strong: quality[1] }, at));
  });
  const path = join(folder, name);
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

const telling = rowsFile("telling.jsonl", TELLING);

interface Ran {
  readonly out: string;
  readonly read: (name: string) => string;
}

async function run(name: string, data: string, config: string | undefined, ...options: string[]): Promise<Ran> {
  const out = join(folder, name);
  mkdirSync(out, { recursive: true });
  const file = join(out, "given.yaml");
  if (config !== undefined) writeFileSync(file, config);
  const given = config === undefined ? [] : ["--config", file];
  const words = ["--data", data, "--out", join(out, "out"), "--date", "2026-01-31", "--resamples", "200", ...given, ...options];
  await proposeCommand(["propose", ...words])
    .exitOverride()
    .parseAsync(words, { from: "user" });
  return { out: join(out, "out"), read: (each) => readFileSync(join(out, "out", each), "utf8") };
}

/** Share of the rows that the policy of the written configuration sends to strong. */
async function strongShare(config: string, policy: string, data: string): Promise<number> {
  const { labelled } = await readRows(readLoop([data]), PLACE.tiers);
  const tiers = decisionsOf(labelled, policyNamed(await loadConfig(config), policy).policy, PLACE);
  return tiers.filter((tier) => tier === 1).length / tiers.length;
}

const QUICK = ["--try", "keywords", "thresholds", "rules"];

describe("sluice propose", () => {
  test("writes the changed configuration, a page, a pull request and what it found", async () => {
    const config = "# ours\nactive: main\npolicies:\n  main: { type: threshold, preset: v7 } # for now\n";
    const { out, read } = await run("keyword", telling, config, ...QUICK);
    expect(read("given.yaml").startsWith(config)).toBe(true);
    expect(read("given.yaml")).toMatch(/proposed:\n {4}type: threshold\n[\s\S]*kubernetes,\n[\s\S]*rollout:\n {2}candidate: proposed\n/);
    expect(await strongShare(join(out, "given.yaml"), "main", telling)).toBe(0);
    expect(await strongShare(join(out, "given.yaml"), "proposed", telling)).toBeCloseTo(45 / 400, 5);
    expect(printed.output).toContain("Change keywords: +");
    expect(read("pull-request.md")).toMatch(
      /^routing: keywords, from labels of 2026-01-31\n\nChange keywords: [\s\S]*## Changes[\s\S]*\| quality, % \|/,
    );
    expect(read("pull-request.md")).toContain("stage 2: 10 % of the sessions, for 48 h at least");
    expect(read("report.html")).toContain("<h1>A change is proposed</h1>");
    expect(JSON.parse(read("proposal.json"))).toMatchObject({ active: "main@v7", proposal: { use: "change", chosen: "keywords" } });
  });

  test("says of labels that tell nothing that nothing should be changed, and writes no configuration", async () => {
    const { out, read } = await run("nothing", rowsFile("silent.jsonl", { seed: 3, rows: 150 }), undefined, ...QUICK);
    expect(printed.output).toContain("Change nothing: no change is better than the policy in force by more than chance.");
    expect(read("report.html")).toContain("<h1>No change is proposed</h1>");
    expect(["sluice.yaml", "pull-request.md"].filter((file) => existsSync(join(out, file)))).toEqual([]);
  });

  test("puts words in front of a policy that has none, and leaves what rules decide before a threshold policy to them", async () => {
    const fixed = await run("front", telling, "policies: { main: { type: fixed, tier: weak } }\n", ...QUICK);
    expect(await strongShare(join(fixed.out, "given.yaml"), "proposed", telling)).toBeCloseTo(45 / 400, 5);
    const greetings = "rules: [{ name: water, match: { keywords: [water] }, tier: weak }]";
    const links = `greet: { type: rules, ${greetings} }\n  size: { type: threshold }\n`;
    const chained = `policies:\n  main: { type: chain, of: [greet, size] }\n  ${links}`;
    const chain = await run("chain", telling, chained, ...QUICK);
    expect(chain.read("given.yaml")).toContain("  proposed: { type: chain, of: [greet, proposed-size] }\n");
    const holding = rowsFile("water.jsonl", { ...TELLING, planted: { word: "water kubernetes", language: "en", share: 1, needs: 1 } });
    expect(await strongShare(join(chain.out, "given.yaml"), "proposed-size", holding)).toBe(1);
    expect(await strongShare(join(chain.out, "given.yaml"), "proposed", holding)).toBe(0);
  });

  test("changes the tier of a rule that is rated under 4 while another tier is rated higher, from 100 ratings of each", async () => {
    const rules = (tier: string) => `rules: [{ name: all, match: {}, tier: ${tier} }]`;
    const rate = (many: number) => (row: object, at: number) => ({
      ...row,
      weak: undefined,
      strong: undefined,
      seen: {
        tier: at % 2 === 0 ? "weak" : "strong",
        rating: at % 2 === 0 ? 3 : 4 + (at % 4) / 4,
        ...(at < many ? {} : { rating: undefined }),
      },
    });
    const config = `policies: { main: { type: rules, ${rules("weak")} } }\n`;
    const rated = await run("rated", rowsFile("rated.jsonl", { seed: 4, rows: 200 }, rate(200)), config, ...QUICK);
    expect(rated.read("given.yaml")).toContain(`"tier":"strong"`);
    expect(rated.read("pull-request.md")).toContain("weak is rated 3.00 (100), strong is rated 4.50 (100)");
    const few = await run("rated-few", rowsFile("rated-few.jsonl", { seed: 4, rows: 200 }, rate(198)), config, ...QUICK);
    expect(existsSync(join(few.out, "given.yaml"))).toBe(false);
  });

  test("changes the tier of a rule where the labels say so", async () => {
    const rule = "rules: [{ name: clusters, match: { keywords: [kubernetes] }, tier: weak }]";
    const links = `known: { type: rules, ${rule} }\n  rest: { type: fixed, tier: weak }\n`;
    const config = `policies:\n  main: { type: chain, of: [known, rest] }\n  ${links}`;
    const { read } = await run("rule", telling, config, "--try", "rules");
    expect(read("given.yaml")).toContain("proposed-known:");
    expect(read("pull-request.md")).toContain("rule clusters of known: weak → strong");
  });

  test("gives each of three tiers its own length, in rules that decide as was measured, keywords first", async () => {
    const tiers = ["small", "medium", "large"];
    const lengths = Array.from({ length: 400 }, (_, at) => 20 + ((at * 37) % 400) * 2);
    const enough = (chars: number) => (chars <= 300 ? 0 : chars <= 600 ? 1 : 2);
    const made = lengths.map((chars, at) => {
      const content = `${at % 40 === 0 ? "theorem " : ""}a${at} `.padEnd(chars, "ab cd ");
      const scores = Object.fromEntries(tiers.map((tier, place) => [tier, place >= enough(chars) ? 1 : 0]));
      return JSON.stringify({ id: `l${at}`, request: { messages: [{ role: "user", content }] }, scores });
    });
    const data = join(folder, "lengths.jsonl");
    writeFileSync(data, `${made.join("\n")}\n`);
    const priced = tiers.map((name, at) => `  - { name: ${name}, price: { inputPerMTok: ${10 ** at}, outputPerMTok: ${10 ** at} } }\n`);
    const own = "{ type: threshold, keywords: [theorem], maxChars: 200, maxTurns: 5 }";
    const config = `tiers:\n${priced.join("")}active: main\npolicies:\n  main: ${own}\n`;
    const { out, read } = await run("steps", data, config, "--try", "thresholds", "--weak-share", "0.3");
    expect(read("given.yaml")).toMatch(
      /type: rules\n[\s\S]*maxChars: 300, maxTurns: 5[\s\S]*maxChars: 600, maxTurns: 5[\s\S]*fallback: \{ tier: large \}/,
    );
    const { labelled } = await readRows(readLoop([data]), tiers);
    const place = { ...PLACE, tiers, defaultTier: "large" };
    const decided = decisionsOf(labelled, policyNamed(await loadConfig(join(out, "given.yaml")), "proposed").policy, place);
    expect([...decided]).toEqual(lengths.map((chars, at) => (at % 40 === 0 ? 2 : enough(chars))));
  });

  test("proposes a trained policy with its model, which the configuration reads", { timeout: 60_000 }, async () => {
    const plain = rowsFile("plain.jsonl", { seed: 1, rows: 500, planted: { word: "kubernetes", language: "en", share: 0.3, needs: 0.95 } });
    const { out, read } = await run("trained", plain, undefined, "--try", "trained", "--weak-share", "0.6");
    expect(read("sluice.yaml")).toContain("proposed: { type: learned, file: proposed-model.json, threshold: auto, weakShare: 0.6 }");
    expect(await strongShare(join(out, "sluice.yaml"), "proposed", plain)).toBeCloseTo(0.4, 1);
    expect(printed.output).toContain("Change a trained policy");
  });

  test("prints what it found as one JSON object with --json", async () => {
    const { read } = await run("json", telling, undefined, ...QUICK, "--json");
    expect(printed.output).toBe(read("proposal.json"));
  });

  test.each([
    ["rows without an id", `{"request":{},"weak":1,"strong":1}\n`, "data-invalid"],
    ["no file", undefined, "data-not-found"],
  ])("refuses %s, and says so", async (name, text, code) => {
    const path = join(folder, `${name}.jsonl`);
    if (text !== undefined) writeFileSync(path, text);
    await expect(run(`bad ${name}`, path, undefined, ...QUICK)).rejects.toMatchObject({ code });
  });
});

describe("sluice propose --branch", () => {
  const repository = join(folder, "repository");
  const git = (...args: string[]) => execFileSync("git", ["-C", repository, ...args], { encoding: "utf8", stdio: "pipe" }).trim();
  const config = join(repository, "deploy", "sluice.yaml");
  const propose = (branch: string, file = config) => {
    const words = [
      "--data",
      telling,
      "--config",
      file,
      "--out",
      join(folder, "branch"),
      "--resamples",
      "200",
      "--branch",
      branch,
      ...QUICK,
    ];
    return proposeCommand(["propose", ...words])
      .exitOverride()
      .parseAsync(words, { from: "user" });
  };

  mkdirSync(join(repository, "deploy"), { recursive: true });
  git("init", "--quiet", "--initial-branch", "main");
  git("config", "user.email", "who@example.com");
  git("config", "user.name", "Who");
  writeFileSync(config, "policies:\n  main: { type: threshold }\n");
  git("add", ".");
  git("commit", "--quiet", "--message", "first");

  test("commits the change on a new branch, and leaves the working tree, its branch and its index alone", async () => {
    const before = [git("rev-parse", "HEAD"), readFileSync(config, "utf8")];
    await propose("weekly");
    expect([git("rev-parse", "HEAD"), readFileSync(config, "utf8")]).toEqual(before);
    expect(git("status", "--porcelain", "--branch")).toBe("## main");
    expect(git("diff", "--stat", "main", "weekly")).toMatch(/deploy\/sluice.yaml +\|[\s\S]*1 file changed/);
    expect(git("log", "-1", "--format=%s%n%b", "weekly")).toMatch(/^routing: keywords, from labels of [\d-]+\nChange keywords/);
    expect(git("show", "weekly:deploy/sluice.yaml")).toContain("kubernetes");
  });

  test.each([
    ["there is already", "main", config, "there is a branch of this name"],
    ["is no name", "a..b", config, "it is no name for a branch"],
    ["would be in no repository", "x", join(folder, "keyword", "given.yaml"), "in no git repository"],
  ])("refuses a branch that %s", async (_, branch, file, why) => {
    await expect(propose(branch, file)).rejects.toMatchObject({ code: "proposal-no-branch", message: expect.stringContaining(why) });
  });

  test("refuses where something is changed, or the configuration was never committed", async () => {
    const other = join(repository, "other.yaml");
    writeFileSync(other, "policies: { main: { type: threshold } }\n");
    await expect(propose("y", other)).rejects.toMatchObject({ message: expect.stringContaining("is not committed") });
    writeFileSync(config, "# changed\npolicies:\n  main: { type: threshold }\n");
    await expect(propose("y")).rejects.toMatchObject({ message: expect.stringContaining("the working tree has changes") });
  });
});
