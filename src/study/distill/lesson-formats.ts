// Lessons as the files that trainers of models read: OpenAI's for chats, and the two conversational ones of Hugging Face's TRL. Pure.
import type { Tool } from "../loop/conversation.ts";
import type { Json } from "../loop/loop-row.ts";
import type { Lesson, Message } from "./lesson.ts";

/** `openai`: earlier answers have the weight 0, so that only the teacher's is learnt. `trl`: prompt and completion, likewise. */
export const LESSON_FORMATS = ["openai", "trl", "trl-messages"] as const;
export type LessonFormat = (typeof LESSON_FORMATS)[number];

/** One line, with its end. */
export function lessonLine({ prompt, answer, tools }: Lesson, format: LessonFormat): string {
  const offered = tools.length === 0 ? {} : { tools: tools.map(toolJson) };
  switch (format) {
    case "openai":
      return line({ messages: [...prompt.map((message) => openAiMessage(message, true)), openAiMessage(answer, false)], ...offered });
    case "trl":
      return line({ prompt: prompt.map(trlMessage), completion: [trlMessage(answer)], ...offered });
    case "trl-messages":
      return line({ messages: [...prompt, answer].map(trlMessage), ...offered });
    default:
      return format satisfies never;
  }
}

function line(value: Json): string {
  return `${JSON.stringify(value)}\n`;
}

function openAiMessage(message: Message, isEarlier: boolean): Json {
  const made = messageJson(message, (value) => (typeof value === "string" ? value : JSON.stringify(value)));
  return message.role === "assistant" && isEarlier ? { ...made, weight: 0 } : made;
}

/** The chat templates of Hugging Face's models take arguments as a value. */
function trlMessage(message: Message): Json {
  return messageJson(message, (value) => value);
}

function messageJson(message: Message, args: (value: Json) => Json): { readonly [member: string]: Json } {
  switch (message.role) {
    case "system":
    case "user":
      return { role: message.role, content: message.content };
    case "tool":
      return { role: "tool", tool_call_id: message.call, content: message.content };
    case "assistant": {
      const { content, calls } = message;
      if (calls.length === 0) return { role: "assistant", content };
      const made = calls.map(({ id, name, arguments: given }) => ({ id, type: "function", function: { name, arguments: args(given) } }));
      return { role: "assistant", ...(content !== "" && { content }), tool_calls: made };
    }
    default:
      return message satisfies never;
  }
}

const NO_PARAMETERS: Json = { type: "object", properties: {} };

function toolJson({ name, description, parameters }: Tool): Json {
  const described = description === undefined ? {} : { description };
  return { type: "function", function: { name, ...described, parameters: parameters ?? NO_PARAMETERS } };
}
