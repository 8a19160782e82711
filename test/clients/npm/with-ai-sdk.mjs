// Vercel's AI SDK, with its providers of OpenAI (both interfaces) and Anthropic.
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, isStepCount, jsonSchema, streamText, tool } from "ai";
import { getWeather, MODEL, SCHEMA, serve } from "./jobs.mjs";

const openai = (url) => createOpenAI({ baseURL: `${url}/v1`, apiKey: "none" });
const anthropic = (url) => createAnthropic({ baseURL: `${url}/v1`, apiKey: "none" });

const withModel = (modelAt) => async (kind, url, prompt) => {
  const settings = { model: modelAt(url), prompt, maxRetries: 0 };
  if (kind === "chat") return { pieces: [(await generateText(settings)).text] };
  let ran;
  const execute = (input) => {
    ran = input;
    return getWeather(input);
  };
  const tools = { get_weather: tool({ description: "The weather in a city", inputSchema: jsonSchema(SCHEMA), execute }) };
  const { textStream } = streamText(kind === "stream" ? settings : { ...settings, tools, stopWhen: isStepCount(2) });
  const pieces = await Array.fromAsync(textStream);
  return { pieces, ran };
};

await serve({
  "chat-completions": withModel((url) => openai(url).chat(MODEL)),
  responses: withModel((url) => openai(url).responses(MODEL)),
  messages: withModel((url) => anthropic(url)(MODEL)),
});
