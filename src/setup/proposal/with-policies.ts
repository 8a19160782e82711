// A configuration's text with new policies and a rollout in it: all else stays as it is, comments too, byte for byte. Pure.
import { isDeepStrictEqual } from "node:util";
import { Document, isMap, isScalar, isSeq, type Node, type Pair, parseDocument, type YAMLMap } from "yaml";
import { SluiceError } from "../../errors.ts";
import { lineEndAfter, type Splice, spliced, startOfLine } from "../prices/splices.ts";

export interface Additions {
  readonly policies: Readonly<Record<string, object>>; // new names
  readonly rollout: object; // in place of the one there is
}

type Map = YAMLMap<Node, Node | null>;
type Member = Pair<Node, Node | null>;

const LINE_WIDTH = 120;
/** What a file without `policies` means: once it has some, they must say so. */
const DEFAULT_POLICIES = { main: { type: "threshold", preset: "v7" } };

/** `text`: a valid configuration. Throws `proposal-not-in-place` where that cannot be done without changing anything else. */
export function withAdditions(text: string, source: string, additions: Additions): string {
  const document = parseDocument(text, { stringKeys: true });
  const root: unknown = document.contents;
  const after = isMap(root) && root.items.length > 0 ? intoMap(text, root as Map, additions) : intoEmpty(text, root, additions);
  if (after === undefined || !saysOnlyThat(text, after, additions)) {
    const lines = memberText("policies", additions.policies) + memberText("rollout", additions.rollout);
    throw new SluiceError("proposal-not-in-place", `${source}: the text has no place for new policies`, {
      hint: `Write them by hand:\n${lines}`,
    });
  }
  return after;
}

function intoEmpty(text: string, root: unknown, { policies, rollout }: Additions): string {
  const kept = isMap(root) && root.range ? text.slice(0, root.range[0]) + text.slice(root.range[1]) : text;
  return joined(kept.trim() === "" ? "" : kept, [
    memberText("policies", { ...DEFAULT_POLICIES, ...policies }),
    memberText("rollout", rollout),
  ]);
}

function intoMap(text: string, root: Map, { policies, rollout }: Additions): string | undefined {
  if (root.flow) return intoBraces(text, root, { policies, rollout });
  const ofPolicies = memberOf(root, "policies");
  const ofRollout = memberOf(root, "rollout");
  const splices: Splice[] = [];
  const appended: string[] = [];
  if (isNothing(ofPolicies)) {
    if (ofPolicies !== undefined) return undefined;
    appended.push(memberText("policies", { ...DEFAULT_POLICIES, ...policies }));
  } else {
    const splice = isMap(ofPolicies?.value) ? addedTo(text, ofPolicies.value as Map, policies) : undefined;
    if (splice === undefined) return undefined;
    splices.push(splice);
  }
  if (ofRollout === undefined) appended.push(memberText("rollout", rollout));
  else {
    const start = ofRollout.key.range?.[0];
    const end = ofRollout.value?.range?.[1] ?? ofRollout.key.range?.[1];
    if (start === undefined || end === undefined) return undefined;
    const before = text.slice(start, end);
    splices.push({ start, end: end - (before.length - before.trimEnd().length), text: memberText("rollout", rollout).trimEnd() });
  }
  return joined(spliced(text, splices), appended);
}

/** A file of JSON, or of YAML in braces: written as JSON. */
function intoBraces(text: string, root: Map, { policies, rollout }: Additions): string | undefined {
  const ofPolicies = memberOf(root, "policies");
  if (memberOf(root, "rollout") !== undefined) return undefined;
  const last = root.items.at(-1);
  const end = last?.value?.range?.[1] ?? last?.key.range?.[1];
  if (end === undefined) return undefined;
  const splices: Splice[] = [];
  let more = "";
  if (isNothing(ofPolicies)) more = `, "policies": ${JSON.stringify({ ...DEFAULT_POLICIES, ...policies })}`;
  else {
    const splice = isMap(ofPolicies?.value) ? addedTo(text, ofPolicies.value as Map, policies) : undefined;
    if (splice === undefined) return undefined;
    splices.push(splice);
  }
  return spliced(text, [...splices, { start: end, end, text: `${more}, "rollout": ${JSON.stringify(rollout)}` }]);
}

function isNothing(member: Member | undefined): boolean {
  return member === undefined || member.value === null || (isScalar(member.value) && member.value.value === null);
}

function memberOf(map: Map, name: string): Member | undefined {
  return map.items.find(({ key }) => isScalar(key) && key.value === name);
}

/** Behind the last of them. */
function addedTo(text: string, map: Map, policies: Additions["policies"]): Splice | undefined {
  const last = map.items.at(-1);
  const start = map.items[0]?.key.range?.[0];
  const end = last?.value?.range?.[1] ?? last?.key.range?.[1];
  if (start === undefined || end === undefined) return undefined;
  if (map.flow) {
    const members = Object.entries(policies).map(([name, policy]) => `, ${JSON.stringify(name)}: ${JSON.stringify(policy)}`);
    return { start: end, end, text: members.join("") };
  }
  const indent = text.slice(startOfLine(text, start), start);
  if (indent.trim() !== "") return undefined;
  const trimmed = text.slice(0, end).trimEnd().length;
  const { at, newline } = lineEndAfter(text, trimmed);
  const lines = Object.entries(policies).flatMap(([name, policy]) => memberText(name, policy).trimEnd().split("\n"));
  return { start: at, end: at, text: lines.map((line) => `${newline}${indent}${line}`).join("") };
}

/** One member of the file, policies a line each where they are short. */
function memberText(name: string, value: object): string {
  if (name !== "policies") return entryText(name, value);
  const policies = Object.entries(value as Additions["policies"]).map(([policy, settings]) => entryText(policy, settings));
  return `policies:\n${policies.join("").replace(/^(?=.)/gm, "  ")}`;
}

/** In braces; what is too long for a line a key a line, and long lists in as many lines as they take. */
function entryText(name: string, value: object): string {
  const line = `${keyText(name)}: ${braces(value)}\n`;
  if (line.length <= LINE_WIDTH) return line;
  const members = Object.entries(value).map(([key, inner]) => `  ${keyText(key)}: ${wrapped(inner)}\n`);
  return `${keyText(name)}:\n${members.join("")}`;
}

function wrapped(value: unknown): string {
  const line = braces(value);
  if (line.length <= LINE_WIDTH - 20 || !Array.isArray(value)) return line;
  const lines: string[] = [];
  for (const item of value.map(braces)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + item.length + 2 > LINE_WIDTH - 10) lines.push(`${item},`);
    else lines[lines.length - 1] = `${last} ${item},`;
  }
  return `[\n${lines.map((each) => `    ${each}\n`).join("")}  ]`;
}

function braces(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(braces).join(", ")}]`;
  if (typeof value !== "object" || value === null) return scalarText(value);
  const members = Object.entries(value).map(([key, inner]) => `${keyText(key)}: ${braces(inner)}`);
  return `{ ${members.join(", ")} }`;
}

/** As it must be written within brackets. */
function scalarText(value: unknown): string {
  const document = new Document([value]);
  const list: unknown = document.contents;
  if (isSeq(list)) list.flow = true;
  return document.toString({ lineWidth: 0, flowCollectionPadding: false }).trim().slice(1, -1);
}

function keyText(name: string): string {
  return /^[A-Za-z][\w-]*$/.test(name) ? name : JSON.stringify(name);
}

function joined(text: string, members: readonly string[]): string {
  if (members.length === 0) return text;
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const front = text === "" || text.endsWith("\n") ? text : `${text}${newline}`;
  return front + members.join("").replaceAll("\n", newline);
}

function saysOnlyThat(before: string, after: string, { policies, rollout }: Additions): boolean {
  const changed = parseDocument(after, { stringKeys: true });
  if (changed.errors.length > 0) return false;
  const given = (parseDocument(before, { stringKeys: true }).toJS() ?? {}) as { readonly policies?: object | null };
  const wanted = { ...given, policies: { ...(given.policies ?? DEFAULT_POLICIES), ...policies }, rollout };
  return isDeepStrictEqual(changed.toJS(), JSON.parse(JSON.stringify(wanted)));
}
