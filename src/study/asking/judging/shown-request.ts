// A request as a judge reads it: who said what, as text, whatever interface it came by. Pure.
import type { Json, LoopRow } from "../../loop/loop-row.ts";

export function shownRequest(request: LoopRow["request"]): string {
  const { system, instructions, messages, input, prompt, tools } = request;
  const parts = [
    ...[system, instructions].filter((text) => text !== undefined).map((text) => said("system", text)),
    ...[messages, input].flatMap((list) =>
      Array.isArray(list) ? (list as readonly Json[]).map(turn) : list === undefined ? [] : [said("user", list)],
    ),
    ...(prompt === undefined ? [] : [said("user", prompt)]),
    ...(Array.isArray(tools) && tools.length > 0 ? [`[tools]\n${JSON.stringify(tools)}`] : []),
  ];
  return parts.join("\n\n");
}

function turn(message: Json): string {
  if (!isMembers(message)) return said("user", message);
  const { role, content, type, tool_calls: calls } = message;
  const called = calls === undefined || calls === null ? "" : `\n${JSON.stringify(calls)}`;
  if (content === undefined && calls === undefined) return said(textOf(type) ?? "item", JSON.stringify(message));
  return `${said(textOf(role) ?? "user", content ?? "")}${called}`;
}

function said(who: string, content: Json): string {
  return `[${who}]\n${contentText(content)}`;
}

/** What is no text is named: a judge that cannot see an image must know that there was one. */
function contentText(content: Json): string {
  if (typeof content === "string") return content;
  if (Array.isArray(content)) return (content as readonly Json[]).map(partText).join("\n");
  return JSON.stringify(content);
}

function partText(part: Json): string {
  if (!isMembers(part)) return contentText(part);
  const text = textOf(part["text"]);
  if (text !== undefined) return text;
  const { type, content } = part;
  if (type === "tool_result" && content !== undefined) return `[tool result] ${contentText(content)}`;
  return type === "tool_use" ? JSON.stringify(part) : `[${textOf(type) ?? "part"}]`;
}

function isMembers(value: Json | undefined): value is { readonly [member: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Front and end of a text that is longer than `most` characters, and how much is missing between them. */
export function clipped(text: string, most: number): string {
  if (text.length <= most) return text;
  const half = Math.floor(most / 2);
  return `${text.slice(0, half)}\n[… ${text.length - 2 * half} characters left out …]\n${text.slice(-half)}`;
}
