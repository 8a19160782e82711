// Answers as the providers write them, whole and as server-sent events: a text, or the call of a tool.
export type ChatFormat = "chat-completions" | "responses" | "messages";

export type Turn = (
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "call";
      readonly id: string;
      readonly name: string;
      readonly namespace?: string | undefined;
      readonly arguments: ToolInput;
    }
) & {
  readonly inputTokens: number;
  readonly number: string; // of the answer, behind its kind: resp_NUMBER
  readonly sealed?: string | undefined; // what was thought before it, as only its server can read it; chat completions have no place for it
};

/** A text is the input of one of OpenAI's custom tools, which take no JSON. */
export type ToolInput = Readonly<Record<string, unknown>> | string;

export interface Answer {
  readonly whole: object;
  readonly events: readonly string[]; // each with the blank line that ends it
}

export function answerIn(format: ChatFormat, turn: Turn): Answer {
  switch (format) {
    case "chat-completions":
      return chatCompletion(turn);
    case "responses":
      return response(turn);
    case "messages":
      return message(turn);
    default:
      return format satisfies never;
  }
}

/** Word by word, so that a stream has something to stream. */
const pieces = (text: string): readonly string[] => text.match(/\s*\S+/g) ?? [text];
const halves = (text: string) => [text.slice(0, text.length >> 1), text.slice(text.length >> 1)];
const dataOnly = (event: object) => `data: ${JSON.stringify(event)}\n\n`;
interface Named {
  readonly type: string;
  readonly [member: string]: unknown;
}
const named = (event: Named) => `event: ${event.type}\n${dataOnly(event)}`;

function chatCompletion(turn: Turn): Answer {
  const head = { id: `chatcmpl-${turn.number}`, created: 1_780_000_000, model: "stand-in" };
  const usage = { prompt_tokens: turn.inputTokens, completion_tokens: 7, total_tokens: turn.inputTokens + 7 };
  const call = (input: string) => ({
    id: turn.kind === "call" ? turn.id : "",
    type: "function",
    function: { name: turn.kind === "call" ? turn.name : "", arguments: input },
  });
  const said = turn.kind === "text" ? { content: turn.text } : { content: null, tool_calls: [call(JSON.stringify(turn.arguments))] };
  const finish_reason = turn.kind === "text" ? "stop" : "tool_calls";
  const deltas =
    turn.kind === "text"
      ? pieces(turn.text).map((content) => ({ content }))
      : [
          { tool_calls: [{ index: 0, ...call("") }] },
          ...halves(JSON.stringify(turn.arguments)).map((input) => ({ tool_calls: [{ index: 0, function: { arguments: input } }] })),
        ];
  const chunk = (delta: object, finish: string | null) =>
    dataOnly({ ...head, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: finish }] });
  return {
    whole: {
      ...head,
      object: "chat.completion",
      choices: [{ index: 0, message: { role: "assistant", ...said }, finish_reason, logprobs: null }],
      usage,
    },
    events: [
      chunk({ role: "assistant", content: "" }, null),
      ...deltas.map((delta) => chunk(delta, null)),
      chunk({}, finish_reason),
      dataOnly({ ...head, object: "chat.completion.chunk", choices: [], usage }),
      "data: [DONE]\n\n",
    ],
  };
}

function message(turn: Turn): Answer {
  const head = { id: `msg_${turn.number}`, type: "message", role: "assistant", model: "stand-in", stop_sequence: null };
  const stop_reason = turn.kind === "text" ? "end_turn" : "tool_use";
  const block =
    turn.kind === "text"
      ? { type: "text", text: turn.text }
      : { type: "tool_use", id: `toolu_${turn.id}`, name: turn.name, input: turn.arguments };
  const deltas =
    turn.kind === "text"
      ? pieces(turn.text).map((text) => ({ type: "text_delta", text }))
      : halves(JSON.stringify(turn.arguments)).map((partial_json) => ({ type: "input_json_delta", partial_json }));
  const started = { ...head, content: [], stop_reason: null, usage: { input_tokens: turn.inputTokens, output_tokens: 1 } };
  const emptied = turn.kind === "text" ? { ...block, text: "" } : { ...block, input: {} };
  const thought = turn.sealed === undefined ? [] : [{ type: "thinking", thinking: THOUGHT, signature: turn.sealed }];
  const index = thought.length;
  return {
    whole: { ...head, content: [...thought, block], stop_reason, usage: { input_tokens: turn.inputTokens, output_tokens: 7 } },
    events: [
      { type: "message_start", message: started },
      ...thought.flatMap(thinkingEvents),
      { type: "content_block_start", index, content_block: emptied },
      { type: "ping" },
      ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
      { type: "content_block_stop", index },
      { type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 7 } },
      { type: "message_stop" },
    ].map(named),
  };
}

const THOUGHT = "What was asked wants a thought.";

function thinkingEvents({ thinking, signature }: { readonly thinking: string; readonly signature: string }): readonly Named[] {
  return [
    { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "", signature: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking } },
    { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature } },
    { type: "content_block_stop", index: 0 },
  ];
}

function response(turn: Turn): Answer {
  const usage = {
    input_tokens: turn.inputTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 7,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: turn.inputTokens + 7,
  };
  const of = (status: string, output: readonly object[]) => ({
    id: `resp_${turn.number}`,
    object: "response",
    created_at: 1_780_000_000,
    status,
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    model: "stand-in",
    output,
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: "auto",
    tools: [],
    top_p: 1,
    usage: status === "completed" ? usage : null,
  });
  const reasoning = turn.sealed === undefined ? [] : [{ id: "rs_1", type: "reasoning", summary: [], encrypted_content: turn.sealed }];
  const output_index = reasoning.length;
  const { item, between } = turn.kind === "text" ? textItem(turn.text, output_index) : callItem(turn, output_index);
  const whole = of("completed", [...reasoning, item("completed")]);
  const events = [
    { type: "response.created", response: of("in_progress", []) },
    { type: "response.in_progress", response: of("in_progress", []) },
    ...reasoning.flatMap((thought) => [
      { type: "response.output_item.added", output_index: 0, item: { ...thought, encrypted_content: null } },
      { type: "response.output_item.done", output_index: 0, item: thought },
    ]),
    { type: "response.output_item.added", output_index, item: item("in_progress") },
    ...between,
    { type: "response.output_item.done", output_index, item: item("completed") },
    { type: "response.completed", response: whole },
  ];
  return { whole, events: events.map((event, sequence_number) => named({ ...event, sequence_number })) };
}

interface Item {
  readonly item: (status: "in_progress" | "completed") => object;
  readonly between: readonly Named[]; // the events between its beginning and its end
}

function textItem(text: string, output_index: number): Item {
  const [place, part] = [
    { item_id: "msg_1", output_index, content_index: 0 },
    { type: "output_text", annotations: [], logprobs: [] },
  ];
  return {
    item: (status) => ({
      id: "msg_1",
      type: "message",
      role: "assistant",
      status,
      content: status === "completed" ? [{ ...part, text }] : [],
    }),
    between: [
      { type: "response.content_part.added", ...place, part: { ...part, text: "" } },
      ...pieces(text).map((delta) => ({ type: "response.output_text.delta", ...place, delta, logprobs: [] })),
      { type: "response.output_text.done", ...place, text, logprobs: [] },
      { type: "response.content_part.done", ...place, part: { ...part, text } },
    ],
  };
}

function callItem({ name, namespace, arguments: input, id }: Turn & { readonly kind: "call" }, output_index: number): Item {
  const [type, member, text] =
    typeof input === "string" ? ["custom_tool_call", "input", input] : ["function_call", "arguments", JSON.stringify(input)];
  const events = `response.${type}_${member}`;
  const place = { item_id: "fc_1", output_index };
  return {
    item: (status) => ({
      ...{ id: "fc_1", type, status, name, call_id: id, [member]: status === "completed" ? text : "" },
      ...(namespace === undefined ? {} : { namespace }),
    }),
    between: [
      ...halves(text).map((delta) => ({ type: `${events}.delta`, ...place, delta })),
      { type: `${events}.done`, ...place, [member]: text },
    ],
  };
}
