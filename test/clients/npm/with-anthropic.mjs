// The official Anthropic library.
import Anthropic from "@anthropic-ai/sdk";
import { getWeather, MODEL, SCHEMA, serve } from "./jobs.mjs";

async function messages(kind, url, prompt) {
  const client = new Anthropic({ baseURL: url, apiKey: "none", maxRetries: 0 });
  const conversation = [{ role: "user", content: prompt }];
  const settings = { model: MODEL, max_tokens: 64, messages: conversation };
  if (kind === "stream") {
    const events = await Array.fromAsync(await client.messages.create({ ...settings, stream: true }));
    return { pieces: events.flatMap((event) => (event.type === "content_block_delta" ? [event.delta.text] : [])) };
  }
  if (kind === "chat") return { pieces: [(await client.messages.create(settings)).content[0].text] };
  const tools = [{ name: "get_weather", input_schema: SCHEMA }];
  const { content } = await client.messages.create({ ...settings, tools });
  const [call] = content;
  const result = { type: "tool_result", tool_use_id: call.id, content: getWeather(call.input) };
  conversation.push({ role: "assistant", content }, { role: "user", content: [result] });
  return { pieces: [(await client.messages.create({ ...settings, tools })).content[0].text], ran: call.input };
}

await serve({ messages });
