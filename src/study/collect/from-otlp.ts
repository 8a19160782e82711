// Requests out of traces in OTLP's JSON, as the file exporter of an OpenTelemetry collector writes them, a line for each batch of spans.
// What was asked stands in a span's attributes, in one of the spellings that are in use.
import { OWN_COLUMNS } from "../dataset/columns.ts";
import { Members } from "../dataset/logged-request.ts";
import { isObject, parsed } from "../dataset/messages.ts";
import { Trouble } from "../dataset/problem.ts";
import { type Row, requestOf } from "../dataset/request.ts";
import type { LoopRow } from "../loop/loop-row.ts";
import type { Found } from "./found.ts";
import { defined } from "./from-log.ts";

type Attributes = ReadonlyMap<string, unknown>;

/** Spans without a request, such as those of HTTP, are none of ours and are not counted. */
export function foundInTraces(row: Row): readonly Found[] {
  const resources = row.value("resourceSpans");
  if (!Array.isArray(resources))
    return [{ kind: "dropped", why: "bad line", place: row.place, message: "expected resourceSpans, as OTLP's JSON has them" }];
  return resources
    .flatMap((resource) => listIn(resource, "scopeSpans"))
    .flatMap((scope) => listIn(scope, "spans"))
    .flatMap((span) => foundInSpan(row.place, span));
}

function listIn(value: unknown, name: string): readonly unknown[] {
  const list = isObject(value) ? value[name] : undefined;
  return Array.isArray(list) ? list : [];
}

function foundInSpan(place: string, span: unknown): readonly Found[] {
  if (!isObject(span)) return [];
  const attributes = attributesOf(listIn(span, "attributes"));
  const input = inputOf(attributes);
  if (input === undefined) return [];
  const request = requestIn(place, input);
  if (request instanceof Trouble) return [{ kind: "dropped", why: "bad request", place, message: request.message }];
  const id = textOf(attributes.get("sluice.request_id")) ?? `${String(span["traceId"])}:${String(span["spanId"])}`;
  const isOurs = attributes.has("sluice.request_id"); // it says what the policy read, and not what stood before it
  return [{ kind: "row", row: { id, request, ...known(span, attributes) }, partly: isOurs }];
}

/** A request in whichever shape an export has its `input`. */
export function requestIn(place: string, input: unknown): LoopRow["request"] | Trouble {
  const read = requestOf({ place, fileGroup: "", names: ["input"], value: (name) => (name === "input" ? input : undefined) }, OWN_COLUMNS);
  if (read instanceof Trouble) return read;
  return JSON.parse(Buffer.from(read.body).toString("utf8")) as LoopRow["request"];
}

function inputOf(attributes: Attributes): unknown {
  const messages = parsed(attributes.get("gen_ai.input.messages"));
  if (Array.isArray(messages)) {
    const system = parsed(attributes.get("gen_ai.system_instructions"));
    return [...(Array.isArray(system) ? [{ role: "system", content: partsText(system) }] : []), ...messages.map(chatMessage)];
  }
  return (
    numbered(attributes, "llm.input_messages", ".message") ??
    numbered(attributes, "gen_ai.prompt", "") ??
    attributes.get("langfuse.observation.input") ??
    attributes.get("input.value")
  );
}

/** A message of OpenTelemetry's ({role, parts}) as a chat request has it. */
function chatMessage(message: unknown): unknown {
  if (!isObject(message) || !Array.isArray(message["parts"])) return message;
  const parts = message["parts"].filter(isObject);
  const answer = parts.find(({ type }) => type === "tool_call_response");
  if (answer !== undefined)
    return { role: "tool", tool_call_id: textOf(answer["id"]) ?? "", content: asText(answer["response"] ?? answer["result"]) };
  const calls = parts.filter(({ type }) => type === "tool_call");
  const tool_calls = calls.map(({ id, name, arguments: given }) => ({
    id: textOf(id) ?? "",
    type: "function",
    function: { name, arguments: asText(given) },
  }));
  return { role: message["role"], content: partsText(parts), ...(calls.length > 0 && { tool_calls }) };
}

function partsText(parts: readonly unknown[]): string {
  return parts.flatMap((part) => (isObject(part) && typeof part["content"] === "string" ? [part["content"]] : [])).join("\n");
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? "");
}

/** `gen_ai.prompt.0.role`, `llm.input_messages.0.message.content` and so on. Undefined: there is none. */
function numbered(attributes: Attributes, front: string, behind: string): readonly unknown[] | undefined {
  const messages: unknown[] = [];
  for (let at = 0; ; at++) {
    const of = (name: string) => attributes.get(`${front}.${at}${behind}.${name}`);
    const [role, content] = [of("role"), of("content") ?? of("contents.0.message_content.text")];
    if (role === undefined) return messages.length === 0 ? undefined : messages;
    messages.push({ role, content: content ?? "" });
  }
}

function known(span: Readonly<Record<string, unknown>>, attributes: Attributes): Partial<LoopRow> {
  const text = (name: string) => textOf(attributes.get(name));
  const number = (name: string) => numberOf(attributes.get(name));
  const startedMs = Number(span["startTimeUnixNano"]) / 1e6;
  const langfuseCost = new Members(parsed(attributes.get("langfuse.observation.cost_details"))).number("total");
  const decision = defined({
    policy: text("sluice.policy"),
    tier: text("sluice.wanted.tier") ?? text("sluice.tier.decided"),
    score: number("sluice.score"),
  });
  const seen = defined({
    tier: text("sluice.tier.served"),
    status: number("http.response.status_code"),
    cost: langfuseCost ?? number("llm.cost.total"),
    inputTokens: number("gen_ai.usage.input_tokens") ?? number("llm.token_count.prompt"),
    outputTokens: number("gen_ai.usage.output_tokens") ?? number("llm.token_count.completion"),
  });
  return {
    ...(startedMs > 0 && { time: new Date(startedMs).toISOString() }),
    ...(Object.keys(decision).length > 0 && { decision }),
    ...(Object.keys(seen).length > 0 && { seen }),
  };
}

function attributesOf(list: readonly unknown[]): Attributes {
  return new Map(
    list.flatMap((each) => (isObject(each) && typeof each["key"] === "string" ? [[each["key"], plainOf(each["value"])]] : [])),
  );
}

/** OTLP's AnyValue in JSON: whole numbers stand in text. */
function plainOf(value: unknown): unknown {
  if (!isObject(value)) return undefined;
  if (isObject(value["arrayValue"])) return listIn(value["arrayValue"], "values").map(plainOf);
  const { stringValue, intValue, doubleValue, boolValue } = value;
  return stringValue ?? (intValue === undefined ? (doubleValue ?? boolValue) : Number(intValue));
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
