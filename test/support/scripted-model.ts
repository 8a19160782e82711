// A model server by script, for tests that ask one: it answers as it is told, in the form of the interface it is asked by, and keeps what
// it was asked.
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { afterAll } from "vitest";

export interface Heard {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Scripted {
  readonly status?: number; // 200
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string; // what the model says
  readonly raw?: string; // instead: the whole body
  readonly usage?: readonly [input: number, output: number]; // 10 and 5
  readonly delay?: Promise<unknown>;
}

export interface ScriptedModel {
  readonly url: string; // as --url takes it
  readonly heard: Heard[];
  script: (heard: Heard) => Scripted;
}

export async function scriptedModel(script: (heard: Heard) => Scripted): Promise<ScriptedModel> {
  const model = { url: "", heard: [] as Heard[], script };
  const server = createServer(async (request, response) => {
    const heard = { path: request.url ?? "", headers: request.headers, body: (await json(request)) as Heard["body"] };
    model.heard.push(heard);
    const scripted = model.script(heard);
    await scripted.delay;
    response.writeHead(scripted.status ?? 200, { "content-type": "application/json", ...scripted.headers });
    response.end(scripted.raw ?? JSON.stringify(bodyOf(heard, scripted)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  model.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return model;
}

function bodyOf({ path }: Heard, { status = 200, text = "", usage: [input, output] = [10, 5] }: Scripted): object {
  if (status !== 200) return { error: { message: text || `scripted ${status}` } };
  if (path.endsWith("/messages")) {
    const usage = { input_tokens: input, output_tokens: output };
    return { type: "message", model: "scripted", content: [{ type: "text", text }], stop_reason: "end_turn", usage };
  }
  const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  return { model: "scripted", choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }], usage };
}
