// The end of a report for a terminal: how it was made, and what to do next. Commands and lines of configuration are not broken: they are
// there to be copied.
import type { About, NextStep } from "../evaluate/about.ts";
import { wrapped } from "./aligned.ts";

const INDENT = 6;

/** Both sections, an empty line before each; empty where nothing is known. */
export function runText(about: About | undefined, next: readonly NextStep[] | undefined): string {
  return [aboutLines(about), nextLines(next)]
    .filter((lines) => lines.length > 0)
    .map((lines) => `\n${lines.join("\n")}\n`)
    .join("");
}

export function aboutLines(about: About | undefined): readonly string[] {
  if (about === undefined) return [];
  const { version, date, command, configuration } = about;
  const head = ["Run", `      ${command}`, `      sluice ${version}, ${date}`];
  if (configuration === undefined) return head;
  const { file, policies } = configuration;
  const settings = policies.flatMap((policy) => wrapped("      ", `${policy.id}: ${spaced(policy.settings)}`, INDENT + 2));
  return [...head, ...wrapped("      ", file === undefined ? "default configuration" : `configuration ${file}`, INDENT), ...settings];
}

export function nextLines(next: readonly NextStep[] | undefined): readonly string[] {
  if (next === undefined || next.length === 0) return [];
  return ["Next", ...next.flatMap(stepLines)];
}

function stepLines({ policies, what, commands, config }: NextStep): readonly string[] {
  const about = policies.length === 0 ? "" : `${policies.join(", ")}: `;
  return [
    ...wrapped("      ", `${about}${what}`, INDENT),
    ...commands.map((command) => `        $ ${command}`),
    ...config.map((line) => `        ${line}`),
  ];
}

/** JSON with room to break lines in. */
export function spaced(value: unknown): string {
  return JSON.stringify(value, null, 1)
    .replace(/\n\s*/g, " ")
    .replace(/([[{]) | ([\]}])/g, "$1$2");
}
