// One request of each kind that coding agents send, in the shape and with the marks of the real ones, and what it is; behind these what
// Claude Code 2.1.332 and Codex 0.171.0 sent in test/clients, with ids replaced and texts, tools and histories cut short.
import { readFileSync } from "node:fs";
import type { TurnType } from "../../src/request/chat/actions.ts";
import { aider, claudeCode, cline, codex } from "./agent-requests.ts";

export interface AgentTurn {
  readonly name: string;
  readonly turn: TurnType;
  readonly toolLoop: boolean;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

const BILLING = { type: "text", text: "x-anthropic-billing-header: cc_version=2.1.0.abc; cc_entrypoint=cli; cch=01234;" };
const MAIN = { type: "text", text: "You are Claude Code, Anthropic's official CLI for Claude." };
const OF_SESSION = { user_id: "user_0a1b2c_account__session_5f0c7a1e-2b3d-4c5e-8f90-a1b2c3d4e5f6" };
const AS_JSON = { user_id: '{"device_id":"0a1b","account_uuid":"","session_id":"5f0c7a1e-2b3d-4c5e-8f90-a1b2c3d4e5f6"}' };
const READ = { name: "Read", description: "Reads a file.", input_schema: { type: "object" } };

const user = (content: unknown) => ({ role: "user", content });
const assistant = (content: unknown) => ({ role: "assistant", content });
const text = (value: string) => ({ type: "text", text: value });
const bodyOf = ({ body }: { readonly body: object }) => body as Readonly<Record<string, unknown>>;

/** A body with one more message, or item, behind the others. */
function withMore(body: object, member: "messages" | "input", ...more: readonly object[]): object {
  const list = (body as Readonly<Record<string, readonly object[]>>)[member] ?? [];
  return { ...body, [member]: [...list, ...more] };
}

function claude(body: object): object {
  return { model: "claude-haiku-4-5", max_tokens: 32000, metadata: AS_JSON, stream: true, system: [BILLING, MAIN], ...body };
}

const COMPACT = `CRITICAL: Respond with TEXT ONLY. Do NOT call any tools.

Your task is to create a detailed summary of the conversation so far, paying close attention to the user's explicit requests.`;
const titleSchema = {
  type: "json_schema",
  schema: { type: "object", properties: { title: { type: "string" } }, required: ["title"], additionalProperties: false },
};
const titled = (members: object) => ({ ...titleSchema, schema: { ...titleSchema.schema, properties: members } });

const CLAUDE_CODE: readonly AgentTurn[] = [
  {
    name: "Claude Code asks whether there is quota",
    turn: "probe",
    toolLoop: false,
    body: { model: "claude-haiku-4-5", max_tokens: 1, messages: [user("quota")], metadata: AS_JSON },
  },
  {
    name: "Claude Code asks for a session's title",
    turn: "title",
    toolLoop: false,
    body: claude({
      tools: [],
      messages: [user([text("<session>\nfix the flaky test\n</session>")])],
      output_config: { format: titleSchema },
    }),
  },
  {
    name: "Claude Code asks for a title and a branch",
    turn: "title",
    toolLoop: false,
    body: claude({ messages: [user("fix it")], output_format: titled({ title: { type: "string" }, branch: { type: "string" } }) }),
  },
  {
    name: "Claude Code of old asks whether there is a new topic",
    turn: "title",
    toolLoop: false,
    body: claude({
      max_tokens: 512,
      metadata: OF_SESSION,
      system: [MAIN, text("Analyze if this message indicates a new conversation topic. If it does, extract a 2-3 word title.")],
      messages: [user("fix the flaky test")],
    }),
  },
  {
    name: "Claude Code compacts",
    turn: "compaction",
    toolLoop: false,
    body: withMore(claudeCode("fix it", 2).body, "messages", assistant([text("It is fixed.")]), user([text(COMPACT)])),
  },
  {
    name: "Claude Code compacts behind a tool's result, in one message with it",
    turn: "compaction",
    toolLoop: true,
    body: withMore(
      claudeCode("fix it", 2).body,
      "messages",
      assistant([{ type: "tool_use", id: "t9", name: "Read", input: {} }]),
      user([{ type: "tool_result", tool_use_id: "t9", content: "x" }, text(COMPACT)]),
    ),
  },
  {
    name: "Claude Code compacts the recent portion",
    turn: "compaction",
    toolLoop: false,
    body: withMore(
      claudeCode("fix it", 0).body,
      "messages",
      assistant("Done."),
      user("Your task is to create a detailed summary of the RECENT portion of the conversation — the messages that follow."),
    ),
  },
  {
    name: "Claude Code compacts, and its header says so",
    turn: "compaction",
    toolLoop: false,
    body: withMore(claudeCode("fix it", 0).body, "messages", assistant("Done."), user("Summarise, please.")),
    headers: { "x-claude-code-request-class": "compaction" },
  },
  {
    name: "Claude Code asks a small question beside its work",
    turn: "classifier",
    toolLoop: false,
    body: claude({ max_tokens: 64, metadata: OF_SESSION, messages: [user("Command: git status\nIs it safe? Answer yes or no.")] }),
  },
  {
    name: "Claude Code does so, and its header alone says whose it is",
    turn: "classifier",
    toolLoop: false,
    body: { model: "claude-haiku-4-5", max_tokens: 256, messages: [user("Is `rm -r build` safe?")] },
    headers: { "x-claude-code-session-id": "5f0c7a1e" },
  },
  {
    name: "a sub-agent of Claude Code, by its prompt",
    turn: "subagent",
    toolLoop: false,
    body: claude({
      system: [
        BILLING,
        text("You are an agent for Claude Code, Anthropic's official CLI for Claude. Given the user's message, use the tools."),
      ],
      tools: [READ],
      messages: [user("Find where retries are counted.")],
    }),
  },
  {
    name: "its specialist for searching",
    turn: "subagent",
    toolLoop: true,
    body: claude({
      system: [BILLING, text("You are a file search specialist for Claude Code, Anthropic's official CLI for Claude.")],
      tools: [READ],
      messages: (bodyOf(claudeCode("find it", 1))["messages"] as readonly object[]).slice(),
    }),
  },
  {
    name: "a sub-agent of Claude Code, by its header",
    turn: "subagent",
    toolLoop: true,
    body: claudeCode("fix it", 2).body,
    headers: { "x-claude-code-session-id": "5f0c7a1e", "x-claude-code-agent-id": "a1b2" },
  },
  { name: "Claude Code brings results", turn: "tool-result", toolLoop: true, body: claudeCode("fix it", 3).body },
  { name: "Claude Code asks", turn: "user", toolLoop: false, body: claudeCode("fix it", 0).body },
  {
    name: "a person adds something to results in Claude Code",
    turn: "user",
    toolLoop: true,
    body: withMore(
      claudeCode("fix it", 0).body,
      "messages",
      assistant([{ type: "tool_use", id: "t9", name: "Read", input: {} }]),
      user([{ type: "tool_result", tool_use_id: "t9", content: "x", is_error: true }, text("leave that, look at the log")]),
    ),
  },
];

const item = (role: string, value: string) => ({
  type: "message",
  role,
  content: [{ type: role === "user" ? "input_text" : "output_text", text: value }],
});
const HANDOFF = "You are performing a CONTEXT CHECKPOINT COMPACTION. Create a handoff summary for another LLM that will resume the task.";

const CODEX: readonly AgentTurn[] = [
  { name: "Codex asks", turn: "user", toolLoop: false, body: codex("fix it", 0).body, headers: { "session-id": "0199a213" } },
  { name: "Codex brings results", turn: "tool-result", toolLoop: true, body: codex("fix it", 4).body },
  {
    name: "Codex goes on by an earlier response",
    turn: "tool-result",
    toolLoop: true,
    body: { previous_response_id: "resp_1", input: [{ type: "function_call_output", call_id: "call_1", output: "ok" }] },
  },
  {
    name: "a person adds something while Codex works",
    turn: "user",
    toolLoop: true,
    body: withMore(codex("fix it", 2).body, "input", item("user", "and the log")),
  },
  {
    name: "a person asks Codex anew",
    turn: "user",
    toolLoop: false,
    body: withMore(codex("fix it", 2).body, "input", item("assistant", "Done."), item("user", "and the log")),
  },
  {
    name: "Codex compacts",
    turn: "compaction",
    toolLoop: false,
    body: withMore(codex("fix it", 2).body, "input", item("assistant", "Done."), item("user", HANDOFF)),
  },
  {
    name: "Codex compacts, and its header says so",
    turn: "compaction",
    toolLoop: false,
    body: withMore(codex("fix it", 0).body, "input", item("assistant", "Done.")),
    headers: { "session-id": "0199a213", "x-openai-subagent": "compact" },
  },
  {
    name: "a sub-agent of Codex",
    turn: "subagent",
    toolLoop: false,
    body: codex("look at the store", 0).body,
    headers: { "session-id": "0199a214", "x-openai-subagent": "collab_spawn", "x-codex-parent-thread-id": "0199a213" },
  },
];

const chatTool = (name: string) => ({ type: "function", function: { name, parameters: { type: "object" } } });
const openCode = (...messages: readonly object[]) => ({
  model: "glm-5",
  max_tokens: 32000,
  stream: true,
  tools: [chatTool("bash"), chatTool("read")],
  messages: [{ role: "system", content: "You are opencode, an interactive CLI tool that helps with software engineering." }, ...messages],
});
const called = (id: string) => ({
  role: "assistant",
  content: "",
  tool_calls: [{ id, type: "function", function: { name: "bash", arguments: '{"command":"npm test"}' } }],
});

const OTHERS: readonly AgentTurn[] = [
  { name: "aider asks", turn: "user", toolLoop: false, body: aider("fix it", 3).body },
  {
    name: "aider summarises",
    turn: "compaction",
    toolLoop: false,
    body: {
      model: "gpt-4o",
      messages: [
        {
          role: "system",
          content: "*Briefly* summarize this partial conversation about programming.\nInclude less detail about older parts.",
        },
        user("# USER\nrename it\n# ASSISTANT\nDone.\n"),
      ],
    },
  },
  ...[
    "You are a helpful AI assistant tasked with summarizing conversations.",
    "You are the component that summarizes internal chat history into a given structure.",
  ].map(
    (content): AgentTurn => ({
      name: `an agent summarises whose system text is "${content.slice(0, 40)}..."`,
      turn: "compaction",
      toolLoop: false,
      body: { model: "gpt-4o", messages: [{ role: "system", content }, user("fix it")] },
    }),
  ),
  { name: "Cline asks", turn: "user", toolLoop: false, body: cline("fix it", 0).body },
  { name: "Cline brings results", turn: "tool-result", toolLoop: true, body: cline("fix it", 2).body },
  {
    name: "Cline brings results as text",
    turn: "tool-result",
    toolLoop: false,
    body: {
      model: "gpt-4o",
      messages: [
        { role: "system", content: "You are Cline, a highly skilled software engineer." },
        user([text("<task>\nfix it\n</task>")]),
        assistant("<read_file>\n<path>src/a.ts</path>\n</read_file>"),
        user([
          text("[read_file for 'src/a.ts'] Result:\nexport const a = 1;"),
          text("<environment_details>\n# Files\n</environment_details>"),
        ]),
      ],
    },
  },
  {
    name: "Cline compacts",
    turn: "compaction",
    toolLoop: false,
    body: withMore(
      cline("fix it", 0).body,
      "messages",
      assistant("Done."),
      user([text(`<explicit_instructions type="summarize_task">\n${COMPACT.slice(-130)}\n</explicit_instructions>`)]),
    ),
  },
  { name: "OpenCode asks", turn: "user", toolLoop: false, body: openCode(user("fix it")), headers: { "x-session-affinity": "ses_1" } },
  {
    name: "OpenCode brings results",
    turn: "tool-result",
    toolLoop: true,
    body: openCode(user("fix it"), called("c1"), { role: "tool", tool_call_id: "c1", content: "ok" }),
  },
  {
    name: "OpenCode asks for a title",
    turn: "title",
    toolLoop: false,
    body: {
      model: "glm-5",
      messages: [
        { role: "system", content: "You are a title generator. You output ONLY a thread title. Nothing else." },
        user("Generate a title for this conversation:"),
        user("fix it"),
      ],
    },
  },
  {
    name: "OpenCode compacts",
    turn: "compaction",
    toolLoop: false,
    body: openCode(user("fix it"), assistant("Done."), user("Provide a detailed prompt for continuing our conversation above.")),
  },
  {
    name: "a session that OpenCode began for another",
    turn: "subagent",
    toolLoop: false,
    body: openCode(user("look at the store")),
    headers: { "x-session-affinity": "ses_2", "x-parent-session-id": "ses_1" },
  },
];

const CAPTURED = readFileSync(new URL("captured-turns.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line): AgentTurn => JSON.parse(line) as AgentTurn);

export const AGENT_TURNS: readonly AgentTurn[] = [...CLAUDE_CODE, ...CODEX, ...OTHERS, ...CAPTURED];
