// A model server by script that answers a question by what its words name, the same each time, however it is put.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { stopAtEnd } from "./teardown.ts";

export interface KnowingServer {
  readonly address: string;
  readonly questions: readonly string[]; // that it was asked, in turn
}

/** `knows`: an answer by a word of the question. */
export async function startKnowingServer(knows: Readonly<Record<string, string>>): Promise<KnowingServer> {
  const questions: string[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request.setEncoding("utf8")) text += String(piece);
    const question = (JSON.parse(text) as { messages: { content: string }[] }).messages.at(-1)?.content ?? "";
    questions.push(question);
    const content = Object.entries(knows).find(([word]) => question.includes(word))?.[1] ?? "I do not know.";
    const usage = { prompt_tokens: 20, completion_tokens: 5 };
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ model: "m", choices: [{ message: { role: "assistant", content }, finish_reason: "stop" }], usage }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stopAtEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, questions };
}
