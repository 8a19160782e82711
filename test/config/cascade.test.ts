// The cascade in the configuration: its tiers, what speaks against an answer, and policies that name it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { encodeVerifier, parseVerifier } from "../../src/answer/verifier/verifier-file.ts";
import { parseConfig } from "../../src/config/load.ts";
import { modelsIn } from "../../src/config/model-source.ts";
import { ConfigInvalid } from "../../src/config/problems.ts";
import { redacted } from "../../src/config/redact.ts";
import { warningsOf } from "../../src/config/warnings.ts";
import { aVerifier } from "../answer/verifier/a-verifier.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-cascade-config-"));
afterAll(() => rmSync(folder, { recursive: true }));
const VERIFIER = encodeVerifier(aVerifier("asked-questions", 100));
writeFileSync(join(folder, "verifier.bin"), VERIFIER);
writeFileSync(join(folder, "other.bin"), "no verifier");

const TIERS = "tiers: [{ name: weak }, { name: mid }, { name: strong }]\n";
const read = (cascade: string, more = "") => parseConfig(`${TIERS}cascade: ${cascade}\n${more}`, "test", modelsIn(folder));
const accepted = (accept: string) => read(`{ steps: [weak, strong], accept: ${accept} }`).cascade?.accept;

function problemsOf(...args: Parameters<typeof read>): string {
  try {
    read(...args);
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.message;
    throw error;
  }
  return "";
}

describe("what speaks against an answer", () => {
  test("is every check that needs nothing to be told, when nothing is said", () => {
    const checks = accepted("{}")?.map(({ check }) => check);
    expect(checks?.sort()).toEqual(
      ["cut-short", "empty", "error", "form", "language", "refusal", "repetition", "tool", "truncated"].sort(),
    );
  });

  test("can be left out one by one, and given limits", () => {
    const checks = accepted("{ refusal: false, cutShort: false, repetition: 0, logprob: -0.5 }");
    expect(checks).toContainEqual({ check: "logprob", least: -0.5 });
    expect(checks?.map(({ check }) => check).filter((check) => ["refusal", "cut-short", "repetition"].includes(check))).toEqual([]);
  });

  test.each([
    ["{ model: verifier.bin }", 0.4, "plain"],
    ["{ model: verifier.bin, weighing: weighed }", 0.5, "weighed"],
    ["{ model: verifier.bin, threshold: 0.7 }", 0.7, "plain"],
  ])("may be a verifier: %s", (verifier, threshold, weighing) => {
    expect(accepted(`{ verifier: ${verifier} }`)?.at(-1)).toEqual({
      check: "verifier",
      verifier: parseVerifier(VERIFIER),
      threshold,
      weighing,
    });
  });

  test("of a verifier only what it is is shown", () => {
    const shown = JSON.stringify(redacted(read("{ steps: [weak, strong], accept: { verifier: { model: verifier.bin } } }")));
    expect(shown).toContain('"apgr":0.6');
    expect(shown).not.toContain('"leaves"');
  });
});

describe("a cascade that cannot be meant is refused", () => {
  test.each<[string, RegExp, string?]>([
    ["{ steps: [weak] }", /cascade\.steps: must have at least 2/],
    ["{ steps: [weak, storng] }", /there is no tier storng; did you mean strong/],
    ["{ steps: [weak, weak] }", /cascade\.steps\[1\]: weak is listed above/],
    ["{ steps: [weak, strong], maxShare: 2 }", /cascade\.maxShare/],
    ["{ steps: [weak, strong], accept: { verifier: { model: none.bin } } }", /there is no file .*none\.bin; `sluice train --answers/],
    ["{ steps: [weak, strong], accept: { verifier: { model: other.bin } } }", /other\.bin is .*; `sluice train --answers` makes one/],
    [
      "{ steps: [weak, strong], accept: { error: false, cutShort: false, truncated: false, empty: false, tool: false, form: false, " +
        "refusal: false, language: false, repetition: 0 } }",
      /nothing would speak against an answer/,
    ],
    ["{ steps: [weak, strong] }", /there is no tier cascde; did you mean cascade/, "policies: { main: { type: fixed, tier: cascde } }"],
  ])("%s", (cascade, problem, more) => {
    expect(problemsOf(cascade, more)).toMatch(problem);
  });

  test("a policy names it, and there is none", () => {
    const text = `${TIERS}policies: { main: { type: fixed, tier: cascade } }`;
    expect(() => parseConfig(text, "test")).toThrow(/there is no tier cascade/);
  });

  test("a tier has its name", () => {
    const text = "tiers: [{ name: weak }, { name: cascade }]\ncascade: { steps: [weak, cascade] }";
    expect(() => parseConfig(text, "test")).toThrow(/a tier has the name cascade/);
  });
});

test("tiers that it reaches need a price, or nobody knows what thrown-away answers cost", () => {
  const policy = "policies: { main: { type: fixed, tier: cascade } }\nactive: main";
  const paths = warningsOf(read("{ steps: [weak, mid] }", policy)).map(({ path, message }) => `${path}: ${message}`);
  expect(paths.join("\n")).toMatch(/cascade\.steps: what thrown-away answers cost is not known: weak and mid lack/);
});
