// A fixture with one edit, what the doctor says of it, and where it should.
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { FindingId } from "../../../../src/setup/doctor/catalogue.ts";
import type { SluiceSettings } from "../../../../src/setup/doctor/finding.ts";
import { diagnoseManifests } from "../../../../src/setup/doctor/manifests/manifests.ts";

export const SETTINGS: SluiceSettings = { tiers: ["weak", "strong"], maxBodyBytes: 16_777_216, countsResets: false };

export interface Broken {
  readonly edit: readonly [from: string, to: string];
  readonly id: FindingId;
  /** Text of the line it stands on, in the edited file: the first such line from the edit on, unless `from` says where to begin. */
  readonly line: string;
  readonly after?: string;
  readonly field: string; // `Kind namespace/name spec.field`
}

export function fixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");
}

/** One replacement; the text must be there once. */
export function edited(text: string, [from, to]: readonly [string, string]): string {
  if (text.split(from).length !== 2) throw new Error(`stands ${text.split(from).length - 1} times in the fixture: ${from}`);
  return text.replace(from, () => to);
}

export function findingsIn(text: string, settings: Partial<SluiceSettings> = {}) {
  return diagnoseManifests([{ name: "gw.yaml", text }], { ...SETTINGS, ...settings });
}

/** That the fixture with this one edit has exactly that finding, at its line, with a reason and lines that mend it. */
export function expectFoundAlone(good: string, broken: Broken): void {
  const text = edited(good, broken.edit);
  const found = findingsIn(text);
  expect(found.map(({ id, where }) => ({ id, where }))).toEqual([{ id: broken.id, where: placeIn(text, broken) }]);
  expect(found[0]?.why).not.toBe("");
  expect(found[0]?.fix).toMatch(/: |^#/m);
}

/** `gw.yaml:12 Kind namespace/name spec.field`, the line that of the first `line` behind `after`. */
export function placeIn(text: string, { line, after = "", field }: Pick<Broken, "line" | "after" | "field">): string {
  const offset = text.indexOf(line, text.indexOf(after));
  if (offset === -1) throw new Error(`not in the edited fixture: ${line}`);
  return `gw.yaml:${text.slice(0, offset).split("\n").length} ${field}`;
}

/** The text from `kind: KIND`'s document with that name, to be cut out. */
export function documentOf(text: string, kind: string, name: string): string {
  const found = text.split("---\n").find((part) => part.includes(`kind: ${kind}\n`) && part.includes(`  name: ${name}\n`));
  if (found === undefined) throw new Error(`no ${kind} ${name} in the fixture`);
  return found;
}
