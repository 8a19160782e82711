// Random requests of every format, and of none: odd shapes, repeated members, members of other formats mixed in.
import { anyNode, Members, type Node, type Random, scalar, shuffled, text } from "./scanner-values.ts";

type List = (readonly [string, Node])[];

/** Names of members that rules set in these bodies: long and short, plain and not, some that the scanner reads itself. */
export const PARAMS: readonly string[] = ["temperature", "max_tokens", "n", "stream", "é架", "x".repeat(64), "metadata", "user"];

export function requestNode(random: Random, textPieces: number): Node {
  const { chance, pick, below } = random;
  if (chance(0.02)) return anyNode(random);
  const list: List = [["model", chance(0.9) ? pick(["gpt-4o", 'a"b', "é", ""]) : anyNode(random)]];
  const made = pick([chat, chat, chat, anthropic, anthropic, responses, responses, completions]);
  list.push(...made(random, textPieces));
  if (chance(0.2)) list.push(...made(random, 5));
  while (chance(0.2)) list.push(...pick([chat, anthropic, responses, completions])(random, 5).slice(below(3)));
  while (chance(0.4)) list.push(extra(random));
  while (chance(0.3)) list.splice(below(list.length + 1), 0, ["model", scalar(random)]);
  if (chance(0.05))
    list.push([pick(["model\0", "messages\0", "Model", "mode", "__proto__", "", "temperatur\0", "temperaturf"]), scalar(random)]);
  return shuffled(random, list.slice(chance(0.1) ? 1 : 0));
}

function chat(random: Random, textPieces: number): List {
  return [["messages", messages(random, textPieces)]];
}

function anthropic(random: Random, textPieces: number): List {
  const list = chat(random, textPieces);
  if (random.chance(0.7)) list.unshift(["system", content(random, textPieces)]);
  if (random.chance(0.2)) list.unshift([random.pick(["stop_sequences", "anthropic_version"]), scalar(random)]);
  return list;
}

function responses(random: Random, textPieces: number): List {
  const { chance, below, pick } = random;
  const items = () => Array.from({ length: below(5) }, () => item(random, textPieces));
  const list: List = [["input", chance(0.3) ? text(random, textPieces) : chance(0.9) ? items() : anyNode(random)]];
  if (chance(0.4)) list.push(["instructions", chance(0.8) ? text(random, textPieces) : content(random, textPieces)]);
  if (chance(0.2)) list.push([pick(["previous_response_id", "max_output_tokens", "voice"]), scalar(random)]);
  return list;
}

function completions(random: Random, textPieces: number): List {
  const { chance, below, pick } = random;
  const tokens = () => Array.from({ length: below(5) }, () => below(100_000));
  const elements = [() => text(random, textPieces), tokens, () => below(9), () => anyNode(random)];
  const several = () => Array.from({ length: below(5) }, () => pick(elements)());
  const list: List = [["prompt", pick([() => text(random, textPieces), tokens, several, several, () => anyNode(random)])()]];
  if (chance(0.7))
    list.push([pick(["max_tokens", "max_completion_tokens", "max_output_tokens", "temperature", "top_p", "stop"]), scalar(random)]);
  return list;
}

/** A member that is a fact, a parameter, or neither. */
function extra(random: Random): readonly [string, Node] {
  const { chance, pick } = random;
  const name = (): Node => (chance(0.7) ? pick(["ann", "", 'b"\\', "é\ud800"]) : anyNode(random));
  const object = (names: readonly string[], value: () => Node) =>
    new Members(names.flatMap((key) => (chance(0.6) ? [[key, value()] as const] : [])));
  const type = () =>
    chance(0.8) ? object(["type", "schema", "type"], () => pick(["json_object", "json_schema", "text", "json_schem\0"])) : anyNode(random);
  return pick<() => readonly [string, Node]>([
    () => ["stream", pick<Node>([true, false, null, "true", 1])],
    () => [pick(["tools", "functions"]), chance(0.4) ? [] : chance(0.7) ? [anyNode(random)] : anyNode(random)],
    () => [pick(["response_format", "output_format"]), type()],
    () => [pick(["text", "output_config"]), chance(0.8) ? object(["format", "verbosity", "format"], type) : anyNode(random)],
    () => [pick(["user", "safety_identifier", "session_id", "prompt_cache_key"]), name()],
    () => ["conversation", chance(0.5) ? name() : object(["id", "x", "id"], name)],
    () => ["metadata", chance(0.8) ? object(["user_id", "session_id", "x", "user_id"], name) : anyNode(random)],
    () => [pick(PARAMS), scalar(random)],
    () => [pick(PARAMS), anyNode(random)],
  ])();
}

function messages(random: Random, textPieces: number): Node {
  const { chance, below } = random;
  return chance(0.95) ? Array.from({ length: below(6) }, () => message(random, textPieces)) : anyNode(random);
}

function message(random: Random, textPieces: number): Node {
  const { chance } = random;
  if (chance(0.05)) return anyNode(random);
  const list: List = [
    ["role", role(random)],
    ["content", content(random, textPieces)],
  ];
  if (chance(0.1)) list.push(["content", content(random, textPieces)]);
  if (chance(0.1)) list.push(["role", role(random)]);
  if (chance(0.1)) list.push(["name", anyNode(random)]);
  if (chance(0.1))
    list.push([
      "tool_calls",
      [
        new Members([
          ["content", "design"],
          ["role", "user"],
        ]),
      ],
    ]);
  return shuffled(random, list.slice(chance(0.1) ? 1 : 0));
}

function item(random: Random, textPieces: number): Node {
  const { chance, pick } = random;
  if (chance(0.05)) return anyNode(random);
  if (chance(0.05)) return text(random, textPieces);
  const type = () => pick<Node>([...ITEM_TYPES, "message", "function_call_output"]);
  const list: List = [];
  if (chance(0.7)) list.push(["role", role(random)]);
  if (chance(0.5)) list.push(["type", type()]);
  if (chance(0.8)) list.push(["content", content(random, textPieces)]);
  if (chance(0.3)) list.push(["output", content(random, textPieces)]);
  if (chance(0.1)) list.push(["content", content(random, textPieces)]);
  if (chance(0.1)) list.push(["output", content(random, textPieces)]);
  if (chance(0.1)) list.push(["type", type()]);
  return shuffled(random, list);
}

function role(random: Random): Node {
  const { chance, pick } = random;
  return chance(0.9) ? pick(["user", "user", "assistant", "system", "developer", "tool", "user\0", "use"]) : anyNode(random);
}

function content(random: Random, textPieces: number, depth = 0): Node {
  const { chance, below } = random;
  if (chance(0.6)) return text(random, textPieces);
  return chance(0.9) ? Array.from({ length: below(4) }, () => part(random, textPieces, depth)) : anyNode(random);
}

function part(random: Random, textPieces: number, depth: number): Node {
  const { chance, pick, below } = random;
  if (chance(0.1)) return anyNode(random);
  if (depth < 2 && chance(0.2)) return toolResult(random, textPieces, depth);
  const type = () =>
    pick<Node>(chance(0.6) ? ["text", "input_text", "output_text", "image_url", "tool_result", "text\0", null, 1] : ATTACHMENTS);
  const list: List = [
    ["type", chance(0.6) ? "text" : type()],
    ["text", chance(0.9) ? text(random, textPieces) : anyNode(random)],
  ];
  if (chance(0.1)) list.push(["text", text(random, textPieces)]);
  if (chance(0.1)) list.shift();
  if (chance(0.15)) list.push(["source", source(random, textPieces, depth)]);
  if (chance(0.05)) list.push(["type", "document"]);
  if (chance(0.1)) list.push(["content", depth < 2 ? content(random, textPieces, depth + 1) : "design"]);
  if (chance(0.1)) list.push(["type", type()]);
  if (chance(0.1)) {
    const image: List = [
      ["url", `data:${"A".repeat(below(300))}`],
      ["text", "design"],
      ["type", "text"],
    ];
    list.push(["image_url", new Members(image)]);
  }
  return shuffled(random, list);
}

const ITEM_TYPES: readonly Node[] = ["message", "custom_tool_call_output", "computer_call_output", "reasoning", "text", null, 1];
const ATTACHMENTS: readonly Node[] = [
  ..."input_image image computer_screenshot file input_file document document container_upload".split(" "),
  ..."audio input_audio audio_url video input_video video_url imag documents".split(" "),
];

/** Of a document: its data may stand in front of its type. */
function source(random: Random, textPieces: number, depth: number): Node {
  const { chance, pick } = random;
  const list: List = [
    ["type", pick<Node>(["text", "text", "content", "content", "base64", null])],
    ["data", chance(0.9) ? text(random, textPieces) : anyNode(random)],
    ["media_type", "text/plain"],
  ];
  if (chance(0.5)) list.push(["content", depth < 2 ? content(random, textPieces, depth + 1) : "design"]);
  if (chance(0.1)) list.push(["data", text(random, textPieces)]);
  return chance(0.9) ? shuffled(random, list) : anyNode(random);
}

function toolResult(random: Random, textPieces: number, depth: number): Node {
  const list: List = [
    ["type", "tool_result"],
    ["tool_use_id", "toolu_1"],
    ["content", content(random, textPieces, depth + 1)],
  ];
  if (random.chance(0.2)) list.push(["content", content(random, textPieces, depth + 1)]);
  if (random.chance(0.2)) list.push(["text", "design"]);
  return shuffled(random, list);
}
