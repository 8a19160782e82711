// The official OpenAI library.
import OpenAI from "openai";
import { getWeather, MODEL, SCHEMA, serve } from "./jobs.mjs";

const clientOf = (url) => new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });
const texts = (pieces) => pieces.filter((piece) => typeof piece === "string" && piece !== "");

async function chatCompletions(kind, url, prompt) {
  const { completions } = clientOf(url).chat;
  const messages = [{ role: "user", content: prompt }];
  if (kind === "stream") {
    const chunks = await Array.fromAsync(await completions.create({ model: MODEL, messages, stream: true }));
    return { pieces: texts(chunks.map((chunk) => chunk.choices[0]?.delta.content)) };
  }
  if (kind === "chat") return { pieces: [(await completions.create({ model: MODEL, messages })).choices[0].message.content] };
  const tools = [{ type: "function", function: { name: "get_weather", parameters: SCHEMA } }];
  const asked = (await completions.create({ model: MODEL, messages, tools })).choices[0].message;
  const [call] = asked.tool_calls;
  const ran = JSON.parse(call.function.arguments);
  messages.push(asked, { role: "tool", tool_call_id: call.id, content: getWeather(ran) });
  return { pieces: [(await completions.create({ model: MODEL, messages, tools })).choices[0].message.content], ran };
}

async function responses(kind, url, prompt) {
  const client = clientOf(url);
  const input = [{ role: "user", content: prompt }];
  if (kind === "stream") {
    const events = await Array.fromAsync(await client.responses.create({ model: MODEL, input, stream: true }));
    return { pieces: texts(events.map((event) => (event.type === "response.output_text.delta" ? event.delta : ""))) };
  }
  if (kind === "chat") return { pieces: [(await client.responses.create({ model: MODEL, input })).output_text] };
  const tools = [{ type: "function", name: "get_weather", parameters: SCHEMA, strict: false }];
  const [call] = (await client.responses.create({ model: MODEL, input, tools })).output;
  const ran = JSON.parse(call.arguments);
  input.push(call, { type: "function_call_output", call_id: call.call_id, output: getWeather(ran) });
  return { pieces: [(await client.responses.create({ model: MODEL, input, tools })).output_text], ran };
}

await serve({ "chat-completions": chatCompletions, responses });
