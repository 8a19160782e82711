// Requests of coding agents of about a given size, in each format: half of it system text and tools, half a loop of calls and results.

export const AGENT_FORMATS = ["messages", "chat-completions", "responses"] as const;
export type AgentFormat = (typeof AGENT_FORMATS)[number];

const SYSTEM = "You help with software engineering. Use the tools to read files before you change them, and be brief in what you say. ";
const RESULT = "     12\texport function leaseOf(item: Item): Lease {\n     13\t  return item.lease ?? NO_LEASE; // until it is stored\n";
const TOOLS = ["Bash", "Read", "Edit", "Grep"];
const CALL_BYTES = 900; // with its result

interface Call {
  readonly id: string;
  readonly tool: string;
  readonly input: object;
  readonly result: string;
}

/** A body of about `bytes` bytes. */
export function agentBody(format: AgentFormat, bytes: number): Buffer {
  const calls = Array.from({ length: Math.round(bytes / 2 / CALL_BYTES) }, (_, i) => callNumber(i));
  const system = SYSTEM.repeat(Math.round((bytes / 4 / SYSTEM.length) | 0));
  const description = SYSTEM.repeat(Math.round(bytes / 4 / SYSTEM.length / TOOLS.length));
  return Buffer.from(JSON.stringify(BODIES[format](system, description, calls)));
}

function callNumber(i: number): Call {
  const file = `/src/app/store/lease-${i}.ts`;
  const input = i % 2 ? { command: `npm test -- ${file} --reporter=dot`, description: "Runs the tests" } : { file_path: file, limit: 200 };
  return { id: `toolu_01AbCdEf${i}`, tool: i % 2 ? "Bash" : "Read", input, result: RESULT.repeat(5) };
}

const schema = { type: "object", properties: { file_path: { type: "string" } }, required: ["file_path"] };

const BODIES: Readonly<Record<AgentFormat, (system: string, description: string, calls: readonly Call[]) => object>> = {
  messages: (system, description, calls) => ({
    model: "claude-sonnet-4-5",
    max_tokens: 32000,
    system: [{ type: "text", text: system, cache_control: { type: "ephemeral" } }],
    tools: TOOLS.map((name) => ({ name, description, input_schema: schema })),
    metadata: { user_id: "user_0a1b_account__session_5f0c7a1e-2b3d-4c5e-8f90-a1b2c3d4e5f6" },
    messages: [
      { role: "user", content: [{ type: "text", text: "Fix the flaky test of the lease." }] },
      ...calls.flatMap(({ id, tool, input, result }) => [
        { role: "assistant", content: [{ type: "tool_use", id, name: tool, input }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: id, content: result }] },
      ]),
    ],
  }),
  "chat-completions": (system, description, calls) => ({
    model: "glm-5",
    max_tokens: 32000,
    tools: TOOLS.map((name) => ({ type: "function", function: { name, description, parameters: schema } })),
    messages: [
      { role: "system", content: system },
      { role: "user", content: "Fix the flaky test of the lease." },
      ...calls.flatMap(({ id, tool, input, result }) => [
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id, type: "function", function: { name: tool, arguments: JSON.stringify(input) } }],
        },
        { role: "tool", tool_call_id: id, content: result },
      ]),
    ],
  }),
  responses: (system, description, calls) => ({
    model: "gpt-5-codex",
    instructions: system,
    tools: TOOLS.map((name) => ({ type: "function", name, description, parameters: schema })),
    prompt_cache_key: "0199a213-5f0c-7a1e-2b3d-4c5e8f90a1b2",
    input: [
      { type: "message", role: "user", content: [{ type: "input_text", text: "Fix the flaky test of the lease." }] },
      ...calls.flatMap(({ id, tool, input, result }) => [
        { type: "function_call", call_id: id, name: tool, arguments: JSON.stringify(input) },
        { type: "function_call_output", call_id: id, output: result },
      ]),
    ],
  }),
};
