# The official Anthropic library.
from anthropic import Anthropic
from jobs import MODEL, SCHEMA, get_weather, serve


def messages(kind, url, prompt):
    client = Anthropic(base_url=url, api_key="none", max_retries=0)
    conversation = [{"role": "user", "content": prompt}]
    settings = {"model": MODEL, "max_tokens": 64}
    if kind == "stream":
        with client.messages.stream(messages=conversation, **settings) as stream:
            return list(stream.text_stream), None
    if kind == "chat":
        return [client.messages.create(messages=conversation, **settings).content[0].text], None
    settings["tools"] = [{"name": "get_weather", "input_schema": SCHEMA}]
    asked = client.messages.create(messages=conversation, **settings)
    [call] = asked.content
    result = {"type": "tool_result", "tool_use_id": call.id, "content": get_weather(**call.input)}
    conversation += [{"role": "assistant", "content": asked.content}, {"role": "user", "content": [result]}]
    return [client.messages.create(messages=conversation, **settings).content[0].text], call.input


serve({"messages": messages})
