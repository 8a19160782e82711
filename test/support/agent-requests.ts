// What coding agents send, in shape: long system texts, tools, and their own text inside messages of the user.

const SYSTEM =
  "You are an agent that edits code. Refactor, design, optimize and debug where asked; think about complex architecture. ".repeat(90);
const TOOLS = ["Bash", "Edit", "Read"];

interface AgentRequest {
  readonly path: string;
  readonly body: object;
}

const readCall = { type: "tool_use", id: "toolu_1", name: "Read", input: { file_path: "src/db.ts" } };
const readResult = {
  type: "tool_result",
  tool_use_id: "toolu_1",
  content: [{ type: "text", text: "// TODO: refactor this design\n".repeat(200) }],
};
const reminder = (text: string) => ({ type: "text", text: `<system-reminder>\n${text}\n</system-reminder>` });

/** Claude Code: Anthropic messages; reminders are parts of their own in front of what is asked, and beside tool results. */
export function claudeCode(asked: string, toolCalls: number): AgentRequest {
  const loop = Array.from({ length: toolCalls }, () => [
    { role: "assistant", content: [{ type: "text", text: "I will look at the architecture." }, readCall] },
    { role: "user", content: [readResult, reminder("The todo list is empty. Analyze whether to plan the migration.")] },
  ]);
  const first = [
    reminder("As you answer, use this context:\n# CLAUDE.md\nPrefer a clean design.\n".repeat(20)),
    { type: "text", text: asked },
  ];
  return {
    path: "/v1/messages?beta=true",
    body: {
      model: "claude-sonnet-4-5",
      max_tokens: 32000,
      stream: true,
      system: [
        { type: "text", text: "You are Claude Code." },
        { type: "text", text: SYSTEM, cache_control: { type: "ephemeral" } },
      ],
      tools: TOOLS.map((name) => ({ name, description: SYSTEM.slice(0, 900), input_schema: { type: "object" } })),
      metadata: { user_id: "user_0a1b_account__session_5f0c" },
      messages: [{ role: "user", content: first }, ...loop.flat()],
    },
  };
}

/** Codex: the Responses interface; instructions and surroundings are items of the role `user` in front of what is asked. */
export function codex(asked: string, toolCalls: number): AgentRequest {
  const user = (text: string) => ({ type: "message", role: "user", content: [{ type: "input_text", text }] });
  const agents = "# AGENTS.md instructions for /src/app\n\n<INSTRUCTIONS>\nRefactor nothing without a design.\n</INSTRUCTIONS>";
  const loop = Array.from({ length: toolCalls }, (_, i) => [
    { type: "reasoning", summary: [], encrypted_content: "gAAAA" },
    { type: "function_call", name: "shell", arguments: '{"command":["cat","src/db.ts"]}', call_id: `call_${i}` },
    { type: "function_call_output", call_id: `call_${i}`, output: "// TODO: refactor this design\n".repeat(200) },
  ]);
  return {
    path: "/v1/responses",
    body: {
      model: "gpt-5-codex",
      instructions: SYSTEM,
      input: [
        user(agents),
        user("<environment_context>\n  <cwd>/src/app</cwd>\n  <shell>bash</shell>\n</environment_context>"),
        user(asked),
        ...loop.flat(),
      ],
      tools: [{ type: "function", name: "shell", description: SYSTEM.slice(0, 900), strict: false, parameters: { type: "object" } }],
      tool_choice: "auto",
      store: false,
      stream: true,
      prompt_cache_key: "0199a213",
    },
  };
}

/** aider: chat completions without tools; the map of the repository and the files are messages of the user that it answers itself. */
export function aider(asked: string, rounds: number): AgentRequest {
  const source = "class Migration:\n    def optimize(self): ...\n".repeat(60);
  const pair = (user: string, assistant: string) => [
    { role: "user", content: user },
    { role: "assistant", content: assistant },
  ];
  return {
    path: "/v1/chat/completions",
    body: {
      model: "gpt-4o",
      stream: true,
      temperature: 0,
      messages: [
        { role: "system", content: SYSTEM },
        ...pair(`Here are summaries of some files present in my git repository.\nTreat them as *read-only*.\n\n${source}`, "Ok."),
        ...Array.from({ length: rounds }, () => pair("rename a variable", "Done.")).flat(),
        ...pair(`I have *added these files to the chat* so you can go ahead and edit them.\n\ndb.py\n${source}`, "Ok."),
        { role: "user", content: asked },
      ],
    },
  };
}

/** Cline: chat completions; results of its tools are texts of the user, and details of the surroundings stand behind each. */
export function cline(asked: string, toolCalls: number): AgentRequest {
  const details =
    "<environment_details>\n# Visible Files\nsrc/design.ts\nsrc/architecture.ts\n\n# Current Mode\nACT MODE\n</environment_details>";
  const parts = (text: string) => [
    { type: "text", text },
    { type: "text", text: details },
  ];
  const loop = Array.from({ length: toolCalls }, (_, i) => [
    { role: "assistant", content: null, tool_calls: [{ id: `c${i}`, type: "function", function: { name: "read_file", arguments: "{}" } }] },
    { role: "tool", tool_call_id: `c${i}`, content: "// TODO: refactor this design\n".repeat(200) },
    { role: "user", content: details },
  ]);
  return {
    path: "/v1/chat/completions",
    body: {
      model: "gpt-4o",
      stream: true,
      tools: [{ type: "function", function: { name: "read_file", parameters: { type: "object" } } }],
      messages: [{ role: "system", content: SYSTEM }, { role: "user", content: parts(`<task>\n${asked}\n</task>`) }, ...loop.flat()],
    },
  };
}
