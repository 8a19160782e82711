// Chats that no agent sent, in every format: what people ask on any day, among it what nearly looks like an agent's request.
import { EVERYDAY_CODE } from "./everyday-code.ts";
import { EVERYDAY_PROMPTS } from "./everyday-prompts.ts";

/** Said by people about agents, tools, titles and summaries. */
const NEARLY = [
  "Your task is to create a detailed summary of the article below. Keep the figures.",
  "Create a detailed summary of our conversation.",
  "Summarise the conversation so far in one line.",
  "quota",
  "test",
  "Exit code: 1 -- what does that mean?",
  "[read_file for 'src/a.ts'] what does this line in my log say?",
  "[1] Result: 4. Is that right?",
  "Is this command safe? rm -r build. Answer yes or no.",
  "Give my essay a title. Only the title, nothing else.",
  "Generate a title for this conversation",
  "What is context compaction, and how does Claude Code do it?",
  "Write a system prompt that begins with: You are an agent for Claude Code, and say what it is for.",
  "Error: the tool failed. <tool_use_error> What now?",
  "Classify the sentiment as positive or negative: the room was tiny.",
];
const SYSTEMS = [
  "You are a helpful assistant.",
  "You write titles for newspaper articles. Answer with the title alone.",
  "Classify each review as positive, negative or mixed. Answer with one word.",
  "You summarize conversations between a customer and our support.",
  "You are a support agent of a bakery. Be brief.",
];
const SCHEMAS = [
  { title: { type: "string" }, author: { type: "string" }, year: { type: "integer" } },
  { title: { type: "string" }, summary: { type: "string" } },
  { sentiment: { type: "string", enum: ["positive", "negative"] } },
  { heading: { type: "string" } },
];
const ANSWERS = ["Of course.", "Here it is:\n\n1. one\n2. two", "That depends.", "```js\nconst a = 1;\n```", "以下是答案。"];
const SAID = [...Object.values(EVERYDAY_PROMPTS).flat(), ...EVERYDAY_CODE, ...NEARLY, ...NEARLY];
const TOOL = { name: "get_weather", description: "The weather of a city.", parameters: { type: "object" } };

/** The request numbered so; the numbers up to some thousands give as many different ones. */
export function ordinaryChat(number: number): object {
  const random = generator(number);
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  const chance = (share: number) => random() < share;
  const turns = chance(0.6) ? 0 : 1 + Math.floor(random() * 6);
  const said = Array.from({ length: 2 * turns + 1 }, (_, i) => ({
    role: i % 2 ? "assistant" : "user",
    content: pick(i % 2 ? ANSWERS : SAID),
  }));
  const maxTokens = chance(0.5) ? pick([5, 16, 32, 64, 128, 256, 1024, 4096]) : undefined;
  const schema = chance(0.15) ? { type: "object", properties: pick(SCHEMAS) } : undefined;
  const system = chance(0.5) ? pick(SYSTEMS) : undefined;
  const shared = { model: "m", ...(chance(0.3) ? { user: `u${number % 7}` } : {}), ...(chance(0.5) ? { stream: true } : {}) };
  const tools = chance(0.15);
  switch (Math.floor(random() * 4)) {
    case 0:
      return {
        ...shared,
        ...(system === undefined ? {} : { instructions: system }),
        ...(maxTokens === undefined ? {} : { max_output_tokens: maxTokens }),
        ...(schema === undefined ? {} : { text: { format: { type: "json_schema", name: "r", schema } } }),
        ...(tools ? { tools: [{ type: "function", ...TOOL }] } : {}),
        input: turns === 0 && chance(0.5) ? said[0]?.content : said,
      };
    case 1:
      return {
        ...shared,
        max_tokens: maxTokens ?? 1024,
        system: system ?? "",
        ...(schema === undefined ? {} : { output_config: { format: { type: "json_schema", schema } } }),
        ...(tools ? { tools: [{ name: TOOL.name, input_schema: TOOL.parameters }] } : {}),
        metadata: { user_id: `customer-${number % 5}` },
        messages: said,
      };
    case 2:
      return { ...shared, prompt: said[0]?.content, max_tokens: maxTokens ?? 64 };
    default:
      return {
        ...shared,
        ...(maxTokens === undefined ? {} : { [pick(["max_tokens", "max_completion_tokens"])]: maxTokens }),
        ...(schema === undefined ? {} : { response_format: { type: "json_schema", json_schema: { name: "r", schema } } }),
        ...(tools ? { tools: [{ type: "function", function: TOOL }] } : {}),
        messages: [...(system === undefined ? [] : [{ role: "system", content: system }]), ...said],
      };
  }
}

/** Mulberry32: the same chats everywhere. */
function generator(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
