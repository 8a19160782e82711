// Which parameters the formats have, and what each calls them. From the interfaces' references as of 2026 (OpenAI's chat completions,
// completions and responses, Anthropic's messages) and from what vLLM, SGLang, llama.cpp and hosts of open models add to the first two.
import type { Format } from "./facts.ts";

/** A member, or a member of an object: `reasoning.effort`. */
export interface ParamName {
  readonly member: string;
  readonly inner?: string;
}

export interface Param {
  readonly key: string; // the first of its names
  /** By format: its name; of several the first is set, and any may be there. A format that is not here has no such parameter. */
  readonly names: Readonly<Partial<Record<Format, readonly ParamName[]>>>;
  readonly all: readonly ParamName[]; // in any format, each once
  /** Formats whose reasoning models, or requests that ask for thinking, refuse it. */
  readonly notWithReasoning: readonly Format[];
}

const CHAT = "chat-completions";
const OPENAI_OLDER: readonly Format[] = [CHAT, "completions"];
const EVERYWHERE: readonly Format[] = [CHAT, "completions", "responses", "messages"];
const THINKING: readonly Format[] = [CHAT, "responses", "messages"];
const NONE: readonly Format[] = [];

const named = (text: string): ParamName => {
  const [member = "", inner] = text.split(".");
  return inner === undefined ? { member } : { member, inner };
};

function param(names: Readonly<Partial<Record<Format, readonly string[]>>>, notWithReasoning = NONE): Param {
  const all = Object.entries(names).map(([format, texts]) => [format, texts.map(named)] as const);
  const isFirst = (name: string, at: number, list: readonly string[]) => list.indexOf(name) === at;
  return {
    key: Object.values(names)[0]?.[0] ?? "",
    names: Object.fromEntries(all),
    all: Object.values(names).flat().filter(isFirst).map(named),
    notWithReasoning,
  };
}

/** One name wherever there is such a parameter. */
function alike(formats: readonly Format[], names: string, notWithReasoning = NONE): readonly Param[] {
  return names.split(" ").map((name) => param(Object.fromEntries(formats.map((format) => [format, [name]])), notWithReasoning));
}

export const LIMIT = param({
  [CHAT]: ["max_tokens", "max_completion_tokens"],
  completions: ["max_tokens"],
  responses: ["max_output_tokens"],
  messages: ["max_tokens"],
});
export const EFFORT = param({ [CHAT]: ["reasoning_effort"], responses: ["reasoning.effort"], messages: ["output_config.effort"] });
export const STOP = param({ [CHAT]: ["stop"], completions: ["stop"], messages: ["stop_sequences"] }, [CHAT]);

export const PARAMS: readonly Param[] = [
  LIMIT,
  EFFORT,
  STOP,
  param({ [CHAT]: ["verbosity"], responses: ["text.verbosity"] }),
  ...alike(EVERYWHERE, "temperature top_p", THINKING),
  ...alike([CHAT, "completions", "messages"], "top_k", ["messages"]),
  ...alike(OPENAI_OLDER, "frequency_penalty presence_penalty logit_bias", [CHAT]),
  ...alike(OPENAI_OLDER, "logprobs", [CHAT]),
  ...alike([CHAT, "responses"], "top_logprobs", [CHAT, "responses"]),
  ...alike(OPENAI_OLDER, "n seed"),
  ...alike([CHAT, "completions", "responses"], "user stream_options"),
  ...alike([CHAT, "responses", "messages"], "service_tier tools tool_choice metadata"),
  ...alike([CHAT, "responses"], "store parallel_tool_calls prompt_cache_key prompt_cache_retention safety_identifier"),
  ...alike([CHAT], "response_format modalities audio prediction web_search_options functions function_call"),
  ...alike([CHAT], "chat_template_kwargs enable_thinking thinking_budget reasoning_format reasoning_split include_reasoning"),
  ...alike(["completions"], "suffix echo best_of"),
  ...alike(["responses"], "reasoning text include truncation background max_tool_calls previous_response_id conversation"),
  ...alike([CHAT, "messages"], "thinking"),
  ...alike(["messages"], "output_config container context_management mcp_servers inference_geo speed cache_control"),
  ...alike(OPENAI_OLDER, "min_p top_a typical_p tfs_z min_tokens repetition_penalty length_penalty ignore_eos stop_token_ids bad_words"),
  ...alike(OPENAI_OLDER, "skip_special_tokens include_stop_str_in_output structured_outputs guided_json guided_regex guided_choice"),
  ...alike(OPENAI_OLDER, "guided_grammar json_schema regex ebnf grammar priority use_beam_search truncate_prompt_tokens cache_salt"),
  ...alike(OPENAI_OLDER, "repeat_penalty mirostat mirostat_tau mirostat_eta cache_prompt keep_alive options think"),
  ...alike(OPENAI_OLDER, "provider models route transforms plugins"),
];

/** By every name; a name within an object with a dot. `stop_sequences` is `stop`. */
const BY_NAME: ReadonlyMap<string, Param> = new Map(
  [...PARAMS]
    .reverse()
    .flatMap((one) => one.all.map((name) => [name.inner === undefined ? name.member : `${name.member}.${name.inner}`, one] as const)),
);

/** Undefined: no format that we know has it. */
export function paramNamed(name: string): Param | undefined {
  return BY_NAME.get(name);
}

/** All known names, for suggestions. */
export const KNOWN_PARAM_NAMES: readonly string[] = [...BY_NAME.keys()].filter((name) => !name.includes("."));

/** Members that tell whether a request asks for thinking, or that exclude each other. */
const TELLING = ["reasoning_effort", "reasoning", "thinking", "output_config", "temperature", "top_p"];

/** The members whose places must be known for parameters of these names to be set. */
export function notedNames(names: readonly string[]): readonly string[] {
  const known = names.map(paramNamed).filter((one) => one !== undefined);
  const members = known.flatMap((one) => one.all.map(({ member }) => member));
  return [...new Set([...names, ...members, ...(known.length > 0 ? TELLING : [])])];
}
