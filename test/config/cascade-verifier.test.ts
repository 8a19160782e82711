// The verifier of a cascade in the configuration: read from its file, refused in words, shown without its trees.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { encodeVerifier, parseVerifier } from "../../src/answer/verifier/verifier-file.ts";
import { cascade } from "../../src/config/capabilities/cascade.ts";
import { parseConfig } from "../../src/config/load.ts";
import { modelsIn } from "../../src/config/model-source.ts";
import { aVerifier } from "../answer/verifier/a-verifier.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-cascade-verifier-"));
afterAll(() => rmSync(folder, { recursive: true }));
const bytes = encodeVerifier(aVerifier("hedges", 2));
const { id } = parseVerifier(bytes);
writeFileSync(join(folder, "verifier.json"), bytes);
writeFileSync(join(folder, "other.json"), "{}\n");

const read: string[] = [];
const configOf = (verifier: string) =>
  parseConfig(
    `cascade: { steps: [weak, strong], accept: { verifier: ${verifier} } }`,
    "sluice.yaml",
    modelsIn(folder, (path) => read.push(path)),
  );
const checkOf = (verifier: string) => configOf(verifier).cascade?.accept.find(({ check }) => check === "verifier");

describe("cascade.accept.verifier", () => {
  test.each([
    ["{ model: verifier.json }", { threshold: 0.4, weighing: "plain", verifier: { id } }],
    ["{ model: verifier.json, weighing: weighed }", { threshold: 0.5, weighing: "weighed", verifier: { id } }],
    ["{ model: verifier.json, threshold: 0.25 }", { threshold: 0.25, weighing: "plain", verifier: { id } }],
  ])("%s", (file, expected) => {
    expect(checkOf(file)).toMatchObject({ check: "verifier", ...expected });
  });

  test("its file is among those that are read, so that a new one is noticed", () => {
    checkOf("{ model: verifier.json }");
    expect(read).toContain(join(folder, "verifier.json"));
  });

  test("is shown by its id, without its trees", () => {
    const shown = JSON.stringify(cascade.shown(configOf("{ model: verifier.json }").cascade));
    expect(shown).toContain(id);
    expect(shown).not.toContain("leaves");
  });

  test.each([
    ["{ model: none.json }", "`sluice train --answers` makes one"],
    ["{ model: other.json }", "is not a verifier made by `sluice train --answers`; `sluice train --answers` makes one"],
    ["{ model: verifier.json, threshold: 2 }", "cascade.accept.verifier.threshold"],
    ["{ model: verifier.json, weight: 2 }", "weight"],
  ])("%s is refused", (file, message) => {
    expect(() => configOf(file)).toThrow(message);
  });
});
