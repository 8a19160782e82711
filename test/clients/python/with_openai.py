# The official OpenAI library.
import json

from jobs import MODEL, SCHEMA, get_weather, serve
from openai import OpenAI


def chat_completions(kind, url, prompt):
    client = OpenAI(base_url=url + "/v1", api_key="none", max_retries=0)
    messages = [{"role": "user", "content": prompt}]
    if kind == "stream":
        chunks = client.chat.completions.create(model=MODEL, messages=messages, stream=True)
        return [piece for chunk in chunks for choice in chunk.choices if (piece := choice.delta.content)], None
    if kind == "chat":
        return [client.chat.completions.create(model=MODEL, messages=messages).choices[0].message.content], None
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": SCHEMA}}]
    asked = client.chat.completions.create(model=MODEL, messages=messages, tools=tools).choices[0].message
    [call] = asked.tool_calls
    ran = json.loads(call.function.arguments)
    messages += [asked, {"role": "tool", "tool_call_id": call.id, "content": get_weather(**ran)}]
    return [client.chat.completions.create(model=MODEL, messages=messages, tools=tools).choices[0].message.content], ran


def responses(kind, url, prompt):
    client = OpenAI(base_url=url + "/v1", api_key="none", max_retries=0)
    items = [{"role": "user", "content": prompt}]
    if kind == "stream":
        events = client.responses.create(model=MODEL, input=items, stream=True)
        return [event.delta for event in events if event.type == "response.output_text.delta"], None
    if kind == "chat":
        return [client.responses.create(model=MODEL, input=items).output_text], None
    tools = [{"type": "function", "name": "get_weather", "parameters": SCHEMA, "strict": False}]
    [call] = client.responses.create(model=MODEL, input=items, tools=tools).output
    ran = json.loads(call.arguments)
    items += [call, {"type": "function_call_output", "call_id": call.call_id, "output": get_weather(**ran)}]
    return [client.responses.create(model=MODEL, input=items, tools=tools).output_text], ran


serve({"chat-completions": chat_completions, "responses": responses})
