// Calls of tools and what became of them, by example in every format: which are listed, which repeat, which failed, and who waits for whom.
import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import type { ActionFacts } from "../../../src/request/chat/actions.ts";
import type { Scope } from "../../../src/request/chat/facts.ts";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";

const scanner = new ChatScanner({ keywords: [], scopes: ["last_user"], params: [], maxBodyBytes: 1 << 20, isUtf8 });

function actionOf(body: object | string): ActionFacts {
  const result = scanner.scan(Buffer.from(typeof body === "string" ? body : JSON.stringify(body)));
  if (result.kind !== "chat") throw new Error(result.kind);
  return result.facts.action;
}

const listed = (body: object | string) => actionOf(body).calls.map(({ tool, outcome }) => `${tool} ${outcome}`);

interface Call {
  readonly tool: string;
  readonly input?: object;
  readonly result?: unknown; // not given: it is not answered
  readonly isError?: boolean;
}

/** The same calls as each format has them, one behind the other. */
const FORMATS: Readonly<Record<string, (calls: readonly Call[]) => object>> = {
  messages: (calls) => ({
    system: "s",
    messages: [
      { role: "user", content: "go" },
      ...calls.flatMap(({ tool, input = {}, result, isError }, i) => [
        { role: "assistant", content: [{ type: "tool_use", id: `t${i}`, name: tool, input }] },
        ...(result === undefined
          ? []
          : [
              {
                role: "user",
                content: [{ type: "tool_result", tool_use_id: `t${i}`, content: result, ...(isError ? { is_error: true } : {}) }],
              },
            ]),
      ]),
    ],
  }),
  "chat completions": (calls) => ({
    messages: [
      { role: "user", content: "go" },
      ...calls.flatMap(({ tool, input = {}, result }, i) => [
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: `c${i}`, type: "function", function: { name: tool, arguments: JSON.stringify(input) } }],
        },
        ...(result === undefined ? [] : [{ role: "tool", tool_call_id: `c${i}`, content: result }]),
      ]),
    ],
  }),
  responses: (calls) => ({
    input: [
      { role: "user", content: "go" },
      ...calls.flatMap(({ tool, input = {}, result }, i) => [
        { type: "function_call", call_id: `call_${i}`, name: tool, arguments: JSON.stringify(input) },
        ...(result === undefined ? [] : [{ type: "function_call_output", call_id: `call_${i}`, output: result }]),
      ]),
    ],
  }),
};

const read = (file: string, result: unknown = "x"): Call => ({ tool: "Read", input: { file }, result });
const EXITED = "Chunk ID: 1\nWall time: 0.2 seconds\nProcess exited with code ";
const failing = (command: string): Call => ({ tool: "Bash", input: { command }, result: "Exit code: 1\nOutput:\nno" });

describe.each(Object.entries(FORMATS))("in %s", (_, bodyOf) => {
  test("the last eight calls are listed, the oldest first", () => {
    const files = Array.from({ length: 20 }, (_, i) => `${i}`);
    const calls = files.map((file) => ({ ...read(file), tool: `Read${file}` }));
    expect(listed(bodyOf(calls))).toEqual(files.slice(-8).map((file) => `Read${file} answered`));
  });

  test("a call without its result is unanswered, and one whose command failed has failed", () => {
    expect(listed(bodyOf([read("a"), failing("ls"), { tool: "Edit" }]))).toEqual(["Read answered", "Bash failed", "Edit unanswered"]);
    expect(actionOf(bodyOf([read("a"), { tool: "Edit" }])).toolLoop).toBe(false);
    expect(actionOf(bodyOf([read("a")])).toolLoop).toBe(true);
  });

  test.each<[number, string, readonly Call[]]>([
    [0, "no call", []],
    [1, "different arguments", [read("a"), read("b"), read("c")]],
    [1, "different tools", [read("a"), { ...read("a"), tool: "Edit" }]],
    [3, "the same thrice, others between", [read("a"), read("b"), read("a"), read("c"), read("a")]],
    [2, "one of three that left the last six", [read("a"), read("b"), read("a"), read("c"), read("a"), read("d"), read("e")]],
    [6, "nothing else", Array.from({ length: 9 }, () => read("a"))],
  ])("%i repeats: %s", (repeats, _, calls) => {
    expect(actionOf(bodyOf(calls)).repeats).toBe(repeats);
  });

  test.each<[number, string, string]>([
    [2, "\\u00e9", "\\u00E9"],
    [1, "\\u00e9", "\\u00e8"],
    [2, "\\u0041", "A"],
  ])("%i repeats where one has %s and one %s, however far into the arguments", (repeats, one, other) => {
    for (let before = 0; before < 24; before++) {
      const body = JSON.stringify(bodyOf([read(`${"x".repeat(before)}ONE`), read(`${"x".repeat(before)}OTHER`)]));
      const result = scanner.scan(Buffer.from(body.replace("ONE", one).replace("OTHER", other)));
      expect(result.kind === "chat" && result.facts.action.repeats, body).toBe(repeats);
    }
  });

  test.each<[scopes: readonly Scope[]]>([[["last_user"]], [["all"]], [["all", "user", "prompt"]]])(
    "repeats are told as well where text is put together over the calls: %j",
    (scopes) => {
      const all = new ChatScanner({ keywords: ["word"], scopes, params: [], maxBodyBytes: 1 << 20, isUtf8 });
      const repeatsOf = (calls: readonly Call[]) => {
        const result = all.scan(Buffer.from(JSON.stringify(bodyOf(calls))));
        return result.kind === "chat" ? result.facts.action.repeats : undefined;
      };
      const long = (file: string) => ({ ...read(file), result: "a word or \n two ".repeat(200) });
      expect(repeatsOf([read("a"), read("a"), long("a")])).toBe(3);
      expect(repeatsOf([read("a"), read("b"), long("a")])).toBe(2);
      expect(repeatsOf([long("a"), read("b"), read("c")])).toBe(1);
    },
  );

  test.each<[number, string, readonly unknown[]]>([
    [0, "what went well", ["Exit code: 0\nOutput:", "Process exited with code 0", "ok", ""]],
    [1, "Claude Code's exit code", ["Exit code 127\nnot found"]],
    [1, "Codex's", ["Exit code: 1\nWall time: 0.1 seconds\nOutput:\nno"]],
    [1, "Codex's of what goes on running", ["Chunk ID: 1\nWall time: 0.2 seconds\nProcess exited with code 2\nOutput:\nno"]],
    [1, "a signal's", ["Exit code: -9"]],
    [
      1,
      "Codex's, that of the command and not one it printed",
      [`${EXITED}0\nProcess exited with code 1`, `${EXITED}1\nProcess exited with code 0`],
    ],
    [0, "what is further in than a line of Codex's", [`Chunk ID: 1\n${"x".repeat(256)}\nProcess exited with code 2`]],
    [1, "any byte in front of Codex's line", [`Command: ${"é😀".repeat(24)}\nx\n\nProcess exited with code 2`]],
    [2, "OpenCode's, and a tool's that could not be used", ["Command failed with exit code 3", "<tool_use_error>no</tool_use_error>"]],
    [0, "what merely begins alike", ["Exit", "Exit codes: 1", "Command failed", "Wall time: 1", "<returncode>", '{"exit_code":']],
    [1, "Cline's", ["The tool execution failed with the following error:\n<error>no</error>"]],
    [1, "a return code", ["<returncode>1</returncode>"]],
    [1, "one in JSON", ['{"exit_code": 2, "output": ""}']],
    [1, "one in a part", [[{ type: "text", text: "Exit code 1" }]]],
    [0, "a file that speaks of one", ["1\tExit code: 1", "see: Exit code 1", "Process exited with code 1"]],
    [0, "an image", [[{ type: "image", source: { type: "base64", data: "x" } }]]],
    [6, "no more than the last six", Array.from({ length: 9 }, () => "Exit code 1")],
    [2, "of the last six", ["Exit code 1", "Exit code 1", "a", "Exit code 1", "b", "c", "Exit code 1", "d"]],
  ])("%i errors: %s", (errors, _, results) => {
    expect(actionOf(bodyOf(results.map((result, i) => read(`${i}`, result)))).errors).toBe(errors);
  });
});

describe("a call", () => {
  test("fails by Anthropic's own member, too", () => {
    const body = FORMATS["messages"]?.([{ tool: "Read", result: "no such file", isError: true }, read("a")]) ?? {};
    expect(listed(body)).toEqual(["Read failed", "Read answered"]);
    expect(actionOf(body).errors).toBe(1);
  });

  test("may stand beside others, and be answered in another order", () => {
    const calls = ["a", "b", "c"].map((id) => ({ id, type: "function", function: { name: `t${id}`, arguments: "{}" } }));
    const answers = ["c", "a"].map((id) => ({ role: "tool", tool_call_id: id, content: id === "c" ? "Exit code 1" : "" }));
    const body = { messages: [{ role: "user", content: "go" }, { role: "assistant", tool_calls: calls }, ...answers] };
    expect(listed(body)).toEqual(["ta answered", "tb unanswered", "tc failed"]);
  });

  test.each<[string, object, string]>([
    ["a custom tool of Responses", { type: "custom_tool_call", call_id: "1", name: "apply_patch", input: "*** Begin" }, "apply_patch"],
    ["a shell on this machine", { type: "local_shell_call", call_id: "1", action: { command: ["ls"] } }, "local_shell_call"],
    ["a shell", { type: "shell_call", call_id: "1", action: { commands: ["ls"] } }, "shell_call"],
    ["a patch", { type: "apply_patch_call", call_id: "1", operation: { type: "create_file" } }, "apply_patch_call"],
    ["a computer", { type: "computer_call", call_id: "1", action: { type: "click" } }, "computer_call"],
  ])("is %s, and its output answers it", (_, call, tool) => {
    const { type } = call as { type: string };
    const output = { type: `${type}_output`, call_id: "1", output: type === "computer_call" ? { type: "computer_screenshot" } : "ok" };
    expect(listed({ input: [{ role: "user", content: "x" }, call] })).toEqual([`${tool} unanswered`]);
    const answered = { input: [{ role: "user", content: "x" }, call, output] };
    expect(listed(answered)).toEqual([`${tool} answered`]);
    expect(actionOf(answered)).toMatchObject({ toolLoop: true, turn: "tool-result" });
  });

  test("of OpenAI's first kind has no id: the result behind it is its own", () => {
    const call = { role: "assistant", content: null, function_call: { name: "f", arguments: "{}" } };
    const body = (...more: object[]) => ({ messages: [{ role: "user", content: "x" }, call, ...more] });
    expect(listed(body())).toEqual(["f unanswered"]);
    expect(listed(body({ role: "function", name: "f", content: "1" }))).toEqual(["f answered"]);
  });

  test("of a custom tool of chats has its input as text", () => {
    const tool_calls = [{ id: "1", type: "custom", custom: { name: "patch", input: "*** Begin" } }];
    expect(listed({ messages: [{ role: "assistant", tool_calls }] })).toEqual(["patch unanswered"]);
  });

  test("is none where the server runs the tool, or where only a text says so", () => {
    const search = { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search" } };
    expect(listed({ input: [{ role: "user", content: "x" }, search] })).toEqual([]);
    expect(listed({ messages: [{ role: "user", content: '{"type":"tool_use","name":"Read","input":{}}' }] })).toEqual([]);
    expect(listed({ messages: [], tools: [{ type: "tool_use", name: "Read", input: {} }] })).toEqual([]);
  });
});

test.each<[string, string, readonly string[]]>([
  ["of two lists of messages the last counts", `{"messages":[${CALL("a")}],"messages":[${CALL("b")}]}`, ["b unanswered"]],
  [
    "of a message's two contents, too",
    `{"messages":[{"role":"assistant","content":[${USE("a")}],"content":[${USE("b")}]}]}`,
    ["b unanswered"],
  ],
  [
    "of a list that is not the format's nothing does",
    `{"messages":[${CALL("a")}],"input":[{"type":"function_call","name":"b"}]}`,
    ["a unanswered"],
  ],
])("%s", (_, body, calls) => {
  expect(listed(body)).toEqual(calls);
});

function USE(name: string): string {
  return `{"type":"tool_use","id":"${name}","name":"${name}","input":{}}`;
}

function CALL(name: string): string {
  return `{"role":"assistant","content":[${USE(name)}]}`;
}

test("what was read out of one body is not asked of the next", () => {
  const action = actionOf({ messages: [] });
  actionOf({ messages: [] });
  expect(() => action.calls).toThrow("invariant");
});
