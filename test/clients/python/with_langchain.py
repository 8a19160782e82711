# LangChain, with its integrations of OpenAI and Anthropic.
from jobs import MODEL, get_weather, serve
from langchain_anthropic import ChatAnthropic
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI


@tool("get_weather")
def weather(city: str) -> str:
    """The weather in a city."""
    return get_weather(city)


def of_kind(make):
    def run(kind, url, prompt):
        model = make(url)
        conversation = [HumanMessage(prompt)]
        if kind == "stream":
            return [piece for chunk in model.stream(conversation) if (piece := chunk.text)], None
        if kind == "chat":
            return [model.invoke(conversation).text], None
        model = model.bind_tools([weather])
        asked = model.invoke(conversation)
        [call] = asked.tool_calls
        conversation += [asked, weather.invoke(call)]
        return [model.invoke(conversation).text], call["args"]

    return run


def openai(**settings):
    return lambda url: ChatOpenAI(model=MODEL, base_url=url + "/v1", api_key="none", max_retries=0, **settings)


serve(
    {
        "chat-completions": of_kind(openai(use_responses_api=False)),
        "responses": of_kind(openai(use_responses_api=True)),
        "messages": of_kind(lambda url: ChatAnthropic(model=MODEL, base_url=url, api_key="none", max_retries=0, max_tokens=64)),
    }
)
