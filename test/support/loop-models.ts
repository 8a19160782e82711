// Models by script for tests of the learning loop: a weak one that fails on what it cannot do, a strong one, and a judge that sees which
// answer is right. Each answer names the request it answers, so that the judge sees through an answer to another.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { stopAtEnd } from "./teardown.ts";

export type ScriptedModel = "weak" | "strong" | "judge";

/** A request that the models know: its number stands in it. */
export interface ScriptedRequest {
  readonly number: number;
  readonly isHard: boolean;
}

export interface Scripts {
  /** Undefined: it is no request of theirs. */
  readonly requestIn: (text: string) => ScriptedRequest | undefined;
  readonly isRight: (model: "weak" | "strong", request: ScriptedRequest) => boolean;
}

/** Its answers carry the headers `x-model`, and `x-arm` as the rollout has set it. */
export async function startScriptedModel(model: ScriptedModel, scripts: Scripts): Promise<string> {
  const server = createServer(async (request, response) => {
    const body = (await json(request).catch(() => ({}))) as Body;
    const text = body.messages?.map(({ content }) => content).join("\n") ?? "";
    const content = model === "judge" ? verdictOn(text, scripts) : answerTo(text, model, scripts);
    const usage = { prompt_tokens: Math.ceil(text.length / 4), completion_tokens: Math.ceil(content.length / 4) };
    response.writeHead(200, { "content-type": "application/json", "x-model": model, "x-arm": armOf(request) });
    response.end(JSON.stringify({ model, choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }], usage }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stopAtEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Body {
  readonly messages?: readonly { readonly content: string }[];
}

function armOf({ headers }: IncomingMessage): string {
  return String(headers["x-sluice-arm"] ?? "");
}

function answerTo(text: string, model: "weak" | "strong", { requestIn, isRight }: Scripts): string {
  const request = requestIn(text);
  if (request === undefined) return "I do not know what is asked.";
  return `Number ${request.number}: this is ${isRight(model, request) ? "right" : "wrong"}.`;
}

/** 10 for what is right; nothing for what is wrong, for no answer, and for one to another request. */
function verdictOn(text: string, { requestIn }: Scripts): string {
  const part = (name: string) => new RegExp(`<${name}-[0-9a-f]+>\n([\\s\\S]*?)\n</${name}-`).exec(text)?.[1] ?? "";
  const asked = requestIn(part("request"))?.number;
  const worth = (answer: string) => {
    const [, number, how] = /^Number (\d+): this is (right|wrong)\.$/.exec(answer) ?? [];
    return Number(number) === asked && how === "right" ? 10 : 0;
  };
  return JSON.stringify({ reason: "by what is right", A: worth(part("answer-A")), B: worth(part("answer-B")) });
}
