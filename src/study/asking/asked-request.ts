// What is sent to a tier for a row: the request as it was, but for the model, the stream and the number of answers. Pure.
import type { Format } from "../../request/chat/facts.ts";
import type { LoopRow } from "../loop/loop-row.ts";
import type { Target } from "./target.ts";

export interface AskedRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const ENDINGS: Readonly<Record<Format, string>> = {
  "chat-completions": "/chat/completions",
  completions: "/completions",
  responses: "/responses",
  messages: "/messages",
};
const ANTHROPIC_VERSION = "2023-06-01"; // the only one there is

/** Members that ask for pieces, or for more than one answer. */
const LEFT_OUT = ["stream", "stream_options", "n", "best_of"] as const;

export function askedRequest(request: LoopRow["request"], format: Format, target: Target): AskedRequest {
  const { model: own, ...rest } = request;
  const kept = Object.fromEntries(Object.entries(rest).filter(([name]) => !(LEFT_OUT as readonly string[]).includes(name)));
  const body = { ...modelOf(target, own), ...kept };
  const headers = { "content-type": "application/json", accept: "application/json", ...keyHeaders(format, target.key), ...target.headers };
  return { url: `${target.baseUrl}${ENDINGS[format]}`, headers, body: JSON.stringify(body) };
}

function modelOf({ model }: Target, own: unknown): object {
  switch (model.kind) {
    case "set":
      return { model: model.model };
    case "keep":
      return own === undefined ? {} : { model: own };
    case "drop":
      return {};
    default:
      return model satisfies never;
  }
}

function keyHeaders(format: Format, key: string | undefined): Readonly<Record<string, string>> {
  const version = format === "messages" ? { "anthropic-version": ANTHROPIC_VERSION } : undefined;
  if (key === undefined) return { ...version };
  return format === "messages" ? { ...version, "x-api-key": key } : { authorization: `Bearer ${key}` };
}
