# LiteLLM as a library, to servers of OpenAI's and of Anthropic's kind.
import json

import litellm
from jobs import MODEL, SCHEMA, get_weather, serve


def of_kind(provider, path):
    def run(kind, url, prompt):
        settings = {"model": provider + "/" + MODEL, "api_base": url + path, "api_key": "none", "num_retries": 0}
        messages = [{"role": "user", "content": prompt}]
        if kind == "stream":
            chunks = litellm.completion(messages=messages, stream=True, **settings)
            return [piece for chunk in chunks for choice in chunk.choices if (piece := choice.delta.content)], None
        if kind == "chat":
            return [litellm.completion(messages=messages, **settings).choices[0].message.content], None
        settings["tools"] = [{"type": "function", "function": {"name": "get_weather", "parameters": SCHEMA}}]
        asked = litellm.completion(messages=messages, **settings).choices[0].message
        [call] = asked.tool_calls
        ran = json.loads(call.function.arguments)
        messages += [asked, {"role": "tool", "tool_call_id": call.id, "name": "get_weather", "content": get_weather(**ran)}]
        return [litellm.completion(messages=messages, **settings).choices[0].message.content], ran

    return run


serve({"chat-completions": of_kind("openai", "/v1"), "messages": of_kind("anthropic", "")})
