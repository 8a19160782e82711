// The facts of an agent's action say the same however its JSON is written, and what a slow reader of the parsed body says.
import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { SCOPES } from "../../src/request/chat/facts.ts";
import { ChatScanner } from "../../src/request/chat/scanner.ts";
import { AGENT_TURNS } from "../support/agent-turns.ts";
import { type Random, randomFrom } from "./scanner-values.ts";

const scanner = new ChatScanner({ keywords: [], scopes: ["last_user"], params: [], maxBodyBytes: 1 << 20, isUtf8 });
const ofAll = new ChatScanner({ keywords: ["store"], scopes: SCOPES, params: ["max_tokens"], maxBodyBytes: 1 << 20, isUtf8 });

function factsOf(body: string, by = scanner) {
  const result = by.scan(Buffer.from(body));
  if (result.kind !== "chat") throw new Error(result.kind);
  const { turn, toolLoop, calls, repeats, errors, fingerprint } = result.facts.action;
  const { maxTokens, jsonOutput, tools, session } = result.facts;
  return { turn, toolLoop, calls, repeats, errors, fingerprint, maxTokens, jsonOutput, tools, session };
}

/** JSON with white space between any two tokens, and any character of a string escaped. */
function written(value: unknown, random: Random, share: number): string {
  const space = () => (random.chance(share) ? random.pick([" ", "\n", "\t", "\r\n  ", " ".repeat(70)]) : "");
  const character = (unit: string) => (random.chance(share) ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}` : escaped(unit));
  const string = (text: string) => `"${spelled(text, character)}"`;
  const joined = (parts: readonly string[]) => parts.join(`${space()},${space()}`);
  if (typeof value === "string") return string(value);
  if (Array.isArray(value)) return `[${space()}${joined(value.map((each) => written(each, random, share)))}${space()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, each]) => `${string(name)}${space()}:${space()}${written(each, random, share)}`);
  return `{${space()}${joined(members)}${space()}}`;
}

const escaped = (unit: string) => JSON.stringify(unit).slice(1, -1);

/** By code units where one is escaped; a pair is never half escaped here and half not, which would be no UTF-8. */
function spelled(text: string, character: (unit: string) => string): string {
  return Array.from(text, (point) => (point.length === 1 ? character(point) : character(point) === point ? point : pair(point))).join("");
}

const pair = (point: string) =>
  point
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16)}`)
    .join("");

const name = fc.constantFrom("Read", "Bash", "编辑", "tool😀", 'a"b\\');
const input = fc.oneof(
  fc.constantFrom<unknown>({}, { file: "a" }, { file: "b", deep: [1, { x: null }] }, { command: 'ls \n\t"é😀"' }),
  fc.record({ file: fc.string({ unit: "binary", maxLength: 3 }) }),
);
const result = fc.constantFrom<unknown>(
  "ok",
  "Exit code: 1\nno",
  "",
  [{ type: "text", text: "Exit code 2" }],
  undefined,
  "é <returncode>1",
);
const call = fc.record({ name, input, result, isError: fc.boolean() });
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

const FORMATS: readonly ((calls: readonly Call[]) => object)[] = [
  (calls) => ({
    max_tokens: 1000,
    system: [{ type: "text", text: "Edit the code." }],
    messages: [
      { role: "user", content: [{ type: "text", text: "fix the 😀 store" }] },
      ...calls.flatMap((each, i) => [
        { role: "assistant", content: [{ type: "tool_use", id: `t${i}`, name: each.name, input: each.input }] },
        ...(each.result === undefined
          ? []
          : [{ role: "user", content: [{ type: "tool_result", tool_use_id: `t${i}`, is_error: each.isError, content: each.result }] }]),
      ]),
    ],
  }),
  (calls) => ({
    max_completion_tokens: 1000,
    messages: [
      { role: "system", content: "Edit the code." },
      { role: "user", content: "fix the 😀 store" },
      ...calls.flatMap((each, i) => [
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: `t${i}`, function: { name: each.name, arguments: JSON.stringify(each.input) } }],
        },
        ...(each.result === undefined ? [] : [{ role: "tool", tool_call_id: `t${i}`, content: each.result }]),
      ]),
    ],
  }),
  (calls) => ({
    max_output_tokens: 1000,
    instructions: "Edit the code.",
    input: [
      { role: "user", content: "fix the 😀 store" },
      ...calls.flatMap((each, i) => [
        { type: "function_call", call_id: `t${i}`, name: each.name, arguments: JSON.stringify(each.input) },
        ...(each.result === undefined ? [] : [{ type: "function_call_output", call_id: `t${i}`, output: each.result }]),
      ]),
    ],
  }),
];

/** What they say, from the calls themselves. `hasFlag`: the format has a member for a failure. */
function expectedOf(calls: readonly Call[], hasFlag: boolean) {
  const outcomeOf = ({ result: given, isError }: Call) => {
    const text = typeof given === "string" ? given : JSON.stringify(given ?? "");
    if (given === undefined) return "unanswered";
    return text.startsWith("Exit code: 1") || text.includes('"Exit code 2') || (hasFlag && isError) ? "failed" : "answered";
  };
  const last = calls.slice(-6).map((each) => JSON.stringify([each.name, each.input]));
  const answered = calls.filter((each) => each.result !== undefined).slice(-6);
  return {
    calls: calls.slice(-8).map((each) => ({ tool: each.name, outcome: outcomeOf(each) })),
    repeats: Math.max(0, ...last.map((each) => last.filter((other) => other === each).length)),
    errors: answered.filter((each) => outcomeOf(each) === "failed").length,
    toolLoop: calls.length > 0 && calls.at(-1)?.result !== undefined,
    turn: calls.length > 0 && calls.at(-1)?.result !== undefined ? "tool-result" : "user",
    maxTokens: 1000,
  };
}

test("calls, their outcomes, repeats and errors are what a reader of the parsed body finds, however it is written", () => {
  const tally = { repeats: 0, errors: 0, unanswered: 0 };
  const run = fc.property(fc.array(call, { maxLength: 14 }), fc.nat(1e6), fc.constantFrom(0, 0.1, 1), (calls, seed, share) => {
    for (const [index, bodyOf] of FORMATS.entries()) {
      const body = bodyOf(calls);
      const expected = expectedOf(calls, index === 0);
      const plain = factsOf(JSON.stringify(body));
      expect(plain).toMatchObject(expected);
      if (expected.repeats > 1) tally.repeats++;
      if (expected.errors > 0) tally.errors++;
      if (!expected.toolLoop) tally.unanswered++;
      const other = written(body, randomFrom(seed), share);
      expect(JSON.parse(other)).toEqual(JSON.parse(JSON.stringify(body)));
      expect(factsOf(other)).toEqual(plain);
      expect(factsOf(other, ofAll)).toEqual(plain);
    }
  });
  fc.assert(run, { numRuns: 400 });
  expect(Math.min(tally.repeats, tally.errors, tally.unanswered)).toBeGreaterThan(50);
});

test("every agent's request is the same however it is written", () => {
  for (const { body } of AGENT_TURNS) {
    const plain = factsOf(JSON.stringify(body));
    for (const [seed, share] of [0.02, 0.3, 1].entries()) expect(factsOf(written(body, randomFrom(seed), share))).toEqual(plain);
  }
});
